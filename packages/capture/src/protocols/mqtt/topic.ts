/** Topics, which come again and again: each is kept with what is made of it. */

import { foldIds } from '../../decode/fold-ids.ts';
import { internedText } from '../../decode/interned-text.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { piece } from '../../json/json-writer.ts';
import { insideQuotes } from '../../json/written-values.ts';

/** Half as many are kept, some 600 bytes each with what is made of them. */
const KEPT_TOPICS = { capacity: 16_384, maxLength: 256 } as const;

export class Topic {
  /** The topic alone in a list, as a call has it. */
  readonly list: readonly [string];
  #published = '';
  #data: Uint8Array | undefined;
  #summary: Uint8Array | undefined;

  constructor(text: string) {
    this.list = [text];
  }

  get text(): string {
    return this.list[0];
  }

  /** Endpoint of what is published to it. */
  get published(): string {
    this.#published ||= `PUBLISH ${foldIds(this.text)}`;
    return this.#published;
  }

  /** As JSON, in a list. */
  get data(): Uint8Array {
    this.#data ??= piece(JSON.stringify(this.list));
    return this.#data;
  }

  /** As part of a string. */
  get summary(): Uint8Array {
    this.#summary ??= insideQuotes(this.text);
    return this.#summary;
  }
}

const topics = new ByteInterner((bytes, start, end) => new Topic(internedText(bytes, start, end)), KEPT_TOPICS);
const named = new Remembered((text) => new Topic(text), { texts: 4096, characters: 256 });

/** The topic that bytes are. */
export const topicAt = (bytes: Uint8Array, start: number, end: number): Topic => topics.of(bytes, start, end);
/** The topic of a name that was told before. */
export const topicOf = (text: string): Topic => named.of(text);
