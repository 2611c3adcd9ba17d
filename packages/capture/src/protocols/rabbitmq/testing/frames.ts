/** Writes what AMQP peers say, for tests: arguments by their types in the generated table. */

import { methodTable } from '../methods.ts';

export type Value = string | number | boolean | Uint8Array;

const integer = (bytes: 1 | 2 | 4 | 8, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64BE(BigInt(value));
  else buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
export const shortText = (text: string): Buffer =>
  Buffer.concat([integer(1, text.length), Buffer.from(text, 'latin1')]);
export const longText = (bytes: Uint8Array | string): Buffer => {
  const content = Buffer.from(bytes as string);
  return Buffer.concat([integer(4, content.length), content]);
};
/** A field table of names and values with their type's letter. */
export const table = (...fields: (readonly [name: string, type: string, value: Uint8Array])[]): Buffer =>
  longText(Buffer.concat(fields.flatMap(([name, type, value]) => [shortText(name), Buffer.from(type), value])));

const widths = { octet: 1, short: 2, long: 4, longlong: 8, timestamp: 8 } as const;
function encode(type: string, value: Value | undefined): Buffer {
  if (type === 'shortstr') return shortText(String(value ?? ''));
  if (type === 'longstr') return longText((value ?? '') as Uint8Array);
  if (type === 'table') return value instanceof Uint8Array ? Buffer.from(value) : table();
  return integer(widths[type as keyof typeof widths], Number(value ?? 0));
}

export function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  return Buffer.concat([integer(1, type), integer(2, channel), longText(payload), Buffer.of(0xce)]);
}

/** A method frame; arguments not given are empty, zero or false. */
export function method(channel: number, name: string, values: Readonly<Record<string, Value>> = {}): Buffer {
  const row = methodTable.find((other) => other[1] === name);
  if (row === undefined) throw new Error(`no method ${name}`);
  const [code, , , , list] = row;
  const parts: Buffer[] = [integer(4, code)];
  let bits: number[] = [];
  const flush = () => {
    if (bits.length > 0)
      parts.push(
        integer(
          1,
          bits.reduce((sum, bit, at) => sum + (bit << at), 0),
        ),
      );
    bits = [];
  };
  for (const [field = '', type = ''] of list
    .split(', ')
    .filter(Boolean)
    .map((text) => text.split(' '))) {
    if (type === 'bit') bits.push(values[field] === true ? 1 : 0);
    else {
      flush();
      parts.push(encode(type, values[field]));
    }
  }
  flush();
  return frame(1, channel, Buffer.concat(parts));
}

/** Content header and body; `pieces` are the body's frames. */
export function content(
  channel: number,
  pieces: readonly (string | Uint8Array)[],
  properties: Uint8Array = Buffer.alloc(2),
): Buffer {
  const bodies = pieces.map((piece) => Buffer.from(piece as string));
  const size = bodies.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.concat([integer(2, 60), integer(2, 0), integer(8, size), properties]);
  return Buffer.concat([frame(2, channel, head), ...bodies.map((body) => frame(3, channel, body))]);
}

interface Properties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Buffer;
  readonly priority?: number;
  readonly messageId?: string;
  /** Seconds since 1970. */
  readonly timestamp?: number;
}

/** Flags and values of the properties that are given. */
export function properties(values: Properties): Buffer {
  const { contentType, contentEncoding, headers, priority, messageId, timestamp } = values;
  const given: readonly (readonly [flag: number, bytes: Buffer | undefined])[] = [
    [0x8000, contentType === undefined ? undefined : shortText(contentType)],
    [0x4000, contentEncoding === undefined ? undefined : shortText(contentEncoding)],
    [0x2000, headers],
    [0x0800, priority === undefined ? undefined : integer(1, priority)],
    [0x0080, messageId === undefined ? undefined : shortText(messageId)],
    [0x0040, timestamp === undefined ? undefined : integer(8, timestamp)],
  ];
  const there = given.flatMap(([flag, bytes]) => (bytes === undefined ? [] : [{ flag, bytes }]));
  const flags = there.reduce((sum, { flag }) => sum + flag, 0);
  return Buffer.concat([integer(2, flags), ...there.map(({ bytes }) => bytes)]);
}

export const protocolHeader = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
