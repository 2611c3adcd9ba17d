/** Properties of packets of version 5 (§2.2.2), and what is made of them; a message's are kept by their bytes. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { internedText } from '../../decode/interned-text.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { printable } from '../../decode/printable.ts';
import { traceIdOf } from '../../decode/trace.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { properties as known, type PropertyType } from './codes.ts';
import { readVariable } from './wire.ts';

/** Properties kept of one packet. */
export const MAX_PROPERTIES = 256;
/** Bytes kept of a value that is no payload: correlation data, the will's payload. */
export const MAX_VALUE_BYTES = 4096;
/** Half as many are kept, up to some 2 kB each with what is made of them. */
const KEPT_PROPERTIES = { capacity: 4096, maxLength: 256 } as const;

export const MQTT_5 = 5;

const HEADERS = piece(',"headers":');
const PROPERTIES = piece(',"properties":');

/** What a thing looks like as JSON, behind its key: kept from the second time on, since much is said only once. */
class Member {
  readonly #key: Uint8Array;
  readonly #value: object;
  #uses = 0;
  #json: Uint8Array | undefined;

  constructor(key: Uint8Array, value: object) {
    this.#key = key;
    this.#value = value;
  }

  write(json: JsonWriter): void {
    if (this.#json !== undefined) return json.copyOf(this.#json);
    const start = json.length;
    json.copyOf(this.#key);
    json.value(this.#value);
    if (this.#uses++ > 0) this.#json = json.pieceFrom(start);
  }
}

const isEmpty = (object: object): boolean => {
  for (const _ in object) return false;
  return true;
};

export class Properties {
  readonly values: JsonObject;
  /** User properties, a name may come again. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Media type of the payload, without its parameters. */
  readonly mime: string;
  readonly traceId: string | undefined;
  readonly #values: Member | undefined;
  readonly #headers: Member | undefined;

  constructor(values: JsonObject, headers: Properties['headers']) {
    const { contentType } = values;
    this.values = values;
    this.headers = headers;
    this.mime = typeof contentType === 'string' ? (contentType.split(';')[0] ?? '').trim().toLowerCase() : '';
    this.#values = isEmpty(values) ? undefined : new Member(PROPERTIES, values);
    this.#headers = isEmpty(headers) ? undefined : new Member(HEADERS, headers);
    this.traceId =
      this.#headers === undefined ? undefined : traceIdOf({ first: (name) => [headers[name] ?? []].flat()[0] });
  }

  get isEmpty(): boolean {
    return this.#values === undefined && this.#headers === undefined;
  }

  /** Writes `,"properties":…`, if there are any. */
  writeValues(json: JsonWriter): void {
    this.#values?.write(json);
  }

  /** Writes `,"headers":…`, if there are any. */
  writeHeaders(json: JsonWriter): void {
    this.#headers?.write(json);
  }
}

export const none = new Properties({}, {});

export const text = (reader: ByteReader): string => {
  const length = reader.u16();
  const start = reader.at;
  reader.skip(length);
  return reader.isShort ? '' : internedText(reader.bytes, start, start + length);
};
export const bytesText = (reader: ByteReader): string =>
  printable(reader.view(reader.u16()).subarray(0, MAX_VALUE_BYTES));

function variable(reader: ByteReader): number {
  const found = readVariable(reader.bytes, reader.at);
  // One byte too many marks the reader as short.
  reader.skip(typeof found === 'string' ? reader.left + 1 : found.end - reader.at);
  return typeof found === 'string' ? 0 : found.value;
}

function valueOfType(type: Exclude<PropertyType, 'pair'>, reader: ByteReader): JsonValue {
  switch (type) {
    case 'byte':
      return reader.u8();
    case 'u16':
      return reader.u16();
    case 'u32':
      return reader.u32();
    case 'variable':
      return variable(reader);
    case 'text':
      return text(reader);
    case 'bytes':
      return bytesText(reader);
  }
}

/** The properties of a packet of version 5; what authenticates somebody is read over. */
export function readProperties(reader: ByteReader, version: number): Properties {
  if (version < MQTT_5) return none;
  const length = variable(reader);
  return length === 0 ? none : propertiesOf(new ByteReader(reader.view(length)));
}

function propertiesOf(inside: ByteReader): Properties {
  const values: Record<string, JsonValue> = {};
  const headers = new Map<string, string | readonly string[]>();
  for (let count = 0; inside.left > 0 && count < MAX_PROPERTIES; count++) {
    const row = known.get(variable(inside));
    // Of an unknown one nobody knows the length.
    if (row === undefined) break;
    const [name, type] = row;
    if (type === 'pair') {
      const key = text(inside);
      const value = text(inside);
      const before = headers.get(key);
      if (!inside.isShort) headers.set(key, before === undefined ? value : [before, value].flat());
      continue;
    }
    const value = valueOfType(type, inside);
    if (inside.isShort) break;
    if (name !== 'authenticationData') values[name] = value;
  }
  return new Properties(values, Object.fromEntries(headers));
}

const kept = new ByteInterner((bytes, start, end) => propertiesOf(new ByteReader(bytes, start, end)), KEPT_PROPERTIES);

/** Properties in front of a payload (§3.3.2.3), and where it begins. */
export function propertiesAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly properties: Properties; readonly payload: number } {
  const length = readVariable(bytes, start);
  if (typeof length === 'string' || length.end + length.value > end) return { properties: none, payload: end };
  const payload = length.end + length.value;
  return { properties: kept.of(bytes, length.end, payload), payload };
}
