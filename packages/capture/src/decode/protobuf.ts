/**
 * Protocol Buffers without a schema (https://protobuf.dev/programming-guides/encoding/): field numbers and wire types are on
 * the wire, names and exact types are not. Values are read as what they most likely are.
 */

import { isUtf8 } from 'node:buffer';
import type { JsonObject, JsonValue } from '@kubeshark/model';
import { ByteReader } from './byte-reader.ts';
import { latin1 } from './interner.ts';

/** Messages inside messages; a deeper walk is a guess about a guess. */
export const MAX_DEPTH = 16;
/** Fields read of one message, all levels together. */
export const MAX_FIELDS = 2048;
export const MAX_FIELD_NUMBER = 2 ** 29 - 1;

const SPACE = 32;
const TAB = 9;
const ASCII_END = 0x80;

const utf8 = new TextDecoder('utf-8');

interface Budget {
  fields: number;
}

/** A message as `{ "1": "SKU-7", "2": 3 }`, repeated fields as lists; undefined when the bytes are no message. */
export function decodeProtobuf(bytes: Uint8Array): JsonObject | undefined {
  return readMessage(bytes, { fields: MAX_FIELDS }, 0);
}

function readMessage(bytes: Uint8Array, budget: Budget, depth: number): JsonObject | undefined {
  const reader = new ByteReader(bytes);
  const message: Record<string, JsonValue> = {};
  while (reader.left > 0) {
    const key = readVarint(reader);
    const number = typeof key === 'number' ? key >>> 3 : Number(key >> 3n);
    if (number < 1 || number > MAX_FIELD_NUMBER || budget.fields <= 0) return undefined;
    budget.fields -= 1;
    const wireType = typeof key === 'number' ? key & 7 : Number(key & 7n);
    const value = readValue(reader, wireType, { budget, depth });
    if (value === undefined || reader.isShort) return undefined;
    const before = message[number];
    // No value of its own is a list.
    if (before === undefined) message[number] = value;
    else if (Array.isArray(before)) before.push(value);
    else message[number] = [before, value];
  }
  return message;
}

function readValue(
  reader: ByteReader,
  wireType: number,
  at: { readonly budget: Budget; readonly depth: number },
): JsonValue | undefined {
  switch (wireType) {
    case 0:
      return integer(readVarint(reader));
    case 1: {
      const bits = reader.u64le();
      return likelyFloat(doubleOf(bits)) ?? integer(bits);
    }
    case 2: {
      const length = Number(readVarint(reader));
      return length > reader.left ? undefined : readBytes(reader.view(length), at);
    }
    case 5: {
      const bits = reader.u32le();
      return fixed32(bits);
    }
    default:
      // Groups ended with proto2, and 6 and 7 are no wire types.
      return undefined;
  }
}

/** Text, a message, or bytes: text has no control characters, which nearly every message has. */
function readBytes(
  bytes: Uint8Array,
  { budget, depth }: { readonly budget: Budget; readonly depth: number },
): JsonValue {
  let highest = 0;
  let hasControls = false;
  for (const byte of bytes) {
    highest |= byte;
    if (byte < SPACE && byte !== TAB) hasControls = true;
  }
  if (highest < ASCII_END) {
    if (!hasControls) return latin1(bytes, 0, bytes.length);
  } else if (!hasControls && isUtf8(bytes)) {
    return utf8.decode(bytes);
  }
  const message = depth < MAX_DEPTH ? readMessage(bytes, budget, depth + 1) : undefined;
  if (message !== undefined) return message;
  return isUtf8(bytes) ? utf8.decode(bytes) : { base64: Buffer.from(bytes).toString('base64') };
}

/** Most fit into so many bits, with which numbers are fast. */
const SMALL_BITS = 28;

function readVarint(reader: ByteReader): number | bigint {
  let small = 0;
  for (let shift = 0; shift < SMALL_BITS; shift += 7) {
    const byte = reader.u8();
    small |= (byte & 0x7f) << shift;
    if (byte < 0x80) return small;
  }
  let value = BigInt(small);
  for (let shift = BigInt(SMALL_BITS); shift < 70n; shift += 7n) {
    const byte = reader.u8();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  reader.skip(reader.left + 1);
  return 0n;
}

/** Two's complement: -1 is ten bytes on the wire. */
function integer(bits: number | bigint): JsonValue {
  if (typeof bits === 'number') return bits;
  const signed = BigInt.asIntN(64, bits);
  return signed >= Number.MIN_SAFE_INTEGER && signed <= Number.MAX_SAFE_INTEGER ? Number(signed) : signed.toString();
}

/** A number people would write; patterns of integers make absurdly small or large floats. */
const likelyFloat = (value: number): number | undefined =>
  value === 0 || (Math.abs(value) > 1e-9 && Math.abs(value) < 1e15) ? value : undefined;

const fixed32 = (bits: number): number => likelyFloat(Number.parseFloat(floatOf(bits).toPrecision(7))) ?? bits;

/** What four bytes, or eight, say; 0 and undefined where they are not there. */
export function fixed32Of(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) return 0;
  return fixed32(new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true));
}
export function likelyDouble(bytes: Uint8Array, at: number): number | undefined {
  if (at + 8 > bytes.length) return undefined;
  return likelyFloat(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true));
}

const scratch = new DataView(new ArrayBuffer(8));
function doubleOf(bits: bigint): number {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}
function floatOf(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}
