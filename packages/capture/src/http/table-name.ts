/** Names of fields with what is known of each: they come again with every head. */

import { Interner } from '../decode/interner.ts';
import { keptBytes } from '../decode/slab.ts';
import { isTraceField } from '../decode/trace.ts';
import type { FieldName } from './fields.ts';

/** Those that every call is asked for: see `field-places.ts`. */
type Place = 'host' | 'cookie' | 'setCookie' | 'contentType' | 'contentEncoding';
const places: ReadonlyMap<string, Place> = new Map([
  ['host', 'host'],
  ['cookie', 'cookie'],
  ['set-cookie', 'setCookie'],
  ['content-type', 'contentType'],
  ['content-encoding', 'contentEncoding'],
]);

/** A name with what it becomes in JSON. */
export interface TableName extends FieldName {
  /** `"Host":`; null where an object would not keep its place, or it is not ASCII. */
  readonly key: string | null;
  /** As it stood on the wire. */
  readonly raw: Uint8Array;
  readonly place: Place | null;
  readonly mayTrace: boolean;
}

/** By their bytes as they stood on the wire. */
export const names = new Interner((text) => tableName(text.trimEnd(), text));

/** What is known of a name; `raw` where it stood otherwise on the wire. */
export function tableName(spelled: string, raw = spelled): TableName {
  const isPlain = /^[\x20-\x7e]*$/.test(spelled) && !/^\d+$/.test(spelled);
  const lower = spelled.toLowerCase();
  return {
    spelled,
    lower,
    place: places.get(lower) ?? null,
    mayTrace: isTraceField(lower),
    key: isPlain ? `${JSON.stringify(spelled)}:` : null,
    raw: keptBytes(raw, 'latin1'),
  };
}
