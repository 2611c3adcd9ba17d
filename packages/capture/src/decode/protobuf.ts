/**
 * Protocol Buffers without a schema (https://protobuf.dev/programming-guides/encoding/): field numbers and wire types are on
 * the wire, names and exact types are not. Values are read as what they most likely are.
 */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { ByteReader } from './byte-reader.ts';

/** Messages inside messages; a deeper walk is a guess about a guess. */
const MAX_DEPTH = 16;
/** Fields read of one message, all levels together. */
const MAX_FIELDS = 2048;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;

const SPACE = 32;
const TAB = 9;

const utf8 = new TextDecoder('utf-8', { fatal: true });

interface Budget {
  fields: number;
}

/** A message as `{ "1": "SKU-7", "2": 3 }`, repeated fields as lists; undefined when the bytes are no message. */
export function decodeProtobuf(bytes: Uint8Array): JsonObject | undefined {
  return readMessage(bytes, { fields: MAX_FIELDS }, 0);
}

function readMessage(bytes: Uint8Array, budget: Budget, depth: number): JsonObject | undefined {
  const reader = new ByteReader(bytes);
  const values = new Map<number, JsonValue[]>();
  while (reader.left > 0) {
    const key = readVarint(reader);
    const number = Number(key >> 3n);
    if (number < 1 || number > MAX_FIELD_NUMBER || budget.fields <= 0) return undefined;
    budget.fields -= 1;
    const value = readValue(reader, Number(key & 7n), { budget, depth });
    if (value === undefined || reader.isShort) return undefined;
    const before = values.get(number);
    if (before === undefined) values.set(number, [value]);
    else before.push(value);
  }
  return Object.fromEntries(
    Array.from(values, ([number, list]) => [number, list.length === 1 ? (list[0] ?? null) : list]),
  );
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
      return likelyFloat(Number.parseFloat(floatOf(bits).toPrecision(7))) ?? bits;
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
  const text = textOrUndefined(bytes);
  if (text !== undefined && !bytes.some((byte) => byte < SPACE && byte !== TAB)) return text;
  const message = depth < MAX_DEPTH ? readMessage(bytes, budget, depth + 1) : undefined;
  return message ?? text ?? { base64: Buffer.from(bytes).toString('base64') };
}

function textOrUndefined(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function readVarint(reader: ByteReader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.u8();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  reader.skip(reader.left + 1);
  return 0n;
}

/** Two's complement: -1 is ten bytes on the wire. */
function integer(bits: bigint): JsonValue {
  const signed = BigInt.asIntN(64, bits);
  return signed >= Number.MIN_SAFE_INTEGER && signed <= Number.MAX_SAFE_INTEGER ? Number(signed) : signed.toString();
}

/** A number people would write; patterns of integers make absurdly small or large floats. */
const likelyFloat = (value: number): number | undefined =>
  value === 0 || (Math.abs(value) > 1e-9 && Math.abs(value) < 1e15) ? value : undefined;

const scratch = new DataView(new ArrayBuffer(8));
function doubleOf(bits: bigint): number {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}
function floatOf(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}
