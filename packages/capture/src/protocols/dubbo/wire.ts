/**
 * Messages of Dubbo 2's own protocol (https://dubbo.apache.org/en/overview/reference/protocols/tcp/).
 *
 *   0        2       3        4            12           16
 *   +--------+-------+--------+------------+------------+------
 *   | da bb  | flags | status | request id | length u32 | body …
 *   +--------+-------+--------+------------+------------+------
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { i32, u32 } from '../../packet/big-endian.ts';

const HEADER_BYTES = 16;
/** Hessian 2, which is what Dubbo writes unless it is told to write something else. */
export const HESSIAN = 2;
/** Bodies beyond are read by their beginning; 8 MB is the limit that Dubbo itself sets. */
export const MAX_KEPT_BYTES = 256 * 1024;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const IS_REQUEST = 0x80;
const IS_TWO_WAY = 0x40;
const IS_EVENT = 0x20;

/** A message where it lies; one object, filled for each. */
export class Message {
  readonly kind = 'message';
  isTwoWay = false;
  /** A heartbeat, or word that the server goes away. */
  isEvent = false;
  serialization = 0;
  /** Of a response. */
  status = 0;
  /** The number of the request, its upper and its lower half: 64 bits are more than a number holds. */
  high = 0;
  low = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** Where its body lies, as far as it is kept, and how long it is. */
  start = 0;
  end = 0;
  length = 0;
  size = 0;
}

export type DubboMessage = Message | { readonly kind: 'rest'; readonly size: number };

const message = new Message();
const done = { kind: 'done' as const, value: message, end: 0 };

/** How bodies are written (Constants of Dubbo's serializations). */
export const serializations: ReadonlyMap<number, string> = new Map([
  ...([
    [2, 'hessian2'],
    [3, 'java'],
    [4, 'compactedjava'],
    [6, 'fastjson'],
    [7, 'nativejava'],
    [8, 'kryo'],
  ] as const),
  ...([
    [9, 'fst'],
    [10, 'native-hessian'],
    [11, 'avro'],
    [12, 'protostuff'],
    [16, 'gson'],
    [21, 'protobuf-json'],
  ] as const),
  ...([
    [22, 'protobuf'],
    [23, 'fastjson2'],
    [25, 'kryo2'],
    [27, 'msgpack'],
  ] as const),
]);

/** Reads the message at `offset` of bytes that go to `limit`; `rest`: bytes left of a long body. */
export function readMessage(
  bytes: Uint8Array,
  offset: number,
  { rest, limit }: { readonly rest: number; readonly limit: number },
): Parsed<DubboMessage> {
  const available = limit - offset;
  if (rest > 0) {
    if (available === 0) return { kind: 'more', atLeast: 1 };
    const size = Math.min(available, rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  if (!isHeader(bytes, offset)) return { kind: 'bad', fault: 'no Dubbo header', at: offset };
  const length = u32(bytes, offset + 12);
  const size = HEADER_BYTES + Math.min(length, MAX_KEPT_BYTES);
  if (available < size) return { kind: 'more', atLeast: size - available };
  const flags = bytes[offset + 2] ?? 0;
  message.isTwoWay = (flags & IS_TWO_WAY) !== 0;
  message.isEvent = (flags & IS_EVENT) !== 0;
  message.serialization = flags & 0x1f;
  message.status = bytes[offset + 3] ?? 0;
  message.high = i32(bytes, offset + 4);
  message.low = i32(bytes, offset + 8);
  message.bytes = bytes;
  message.start = offset + HEADER_BYTES;
  message.end = offset + size;
  message.length = length;
  message.size = size;
  done.end = offset + size;
  return done;
}

const isHeader = (bytes: Uint8Array, offset: number): boolean =>
  bytes[offset] === 0xda && bytes[offset + 1] === 0xbb && u32(bytes, offset + 12) <= MAX_BODY_BYTES;

/** Does a message of this side begin here? Servers ask nothing but whether the client is alive. */
export function startsWithMessage(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const available = bytes.length - offset;
  if ((available > 0 && bytes[offset] !== 0xda) || (available > 1 && bytes[offset + 1] !== 0xbb)) return 'no';
  if (available < HEADER_BYTES) return 'more';
  const flags = bytes[offset + 2] ?? 0;
  const isRequest = (flags & IS_REQUEST) !== 0;
  if (!isHeader(bytes, offset) || !serializations.has(flags & 0x1f)) return 'no';
  return isRequest === (side === 'client') || (flags & IS_EVENT) !== 0 ? 'yes' : 'no';
}
