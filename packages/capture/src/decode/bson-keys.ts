/** Names of members of BSON documents: the same again and again, so each is made once, with its JSON. */

import { piece } from '../json/json-writer.ts';
import { Interner } from './interner.ts';

export interface BsonKey {
  readonly text: string;
  /** As a key of a JSON object, with its colon. */
  readonly json: Uint8Array;
  /** Objects have such keys before all others. */
  readonly isIndex: boolean;
}

const utf8 = new TextDecoder();
const keys = new Interner<BsonKey>((latin1) => {
  const text = utf8.decode(Buffer.from(latin1, 'latin1'));
  return { text, json: piece(`${JSON.stringify(text)}:`), isIndex: /^\d+$/.test(text) };
});

export const bsonKey = (bytes: Uint8Array, start: number, end: number): BsonKey => keys.of(bytes, start, end);
