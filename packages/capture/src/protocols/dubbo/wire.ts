/**
 * Messages of Dubbo 2's own protocol (https://dubbo.apache.org/en/overview/reference/protocols/tcp/).
 *
 *   0        2       3        4            12           16
 *   +--------+-------+--------+------------+------------+------
 *   | da bb  | flags | status | request id | length u32 | body …
 *   +--------+-------+--------+------------+------------+------
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { u32 } from '../../packet/big-endian.ts';

const HEADER_BYTES = 16;
/** Bodies beyond are read by their beginning; 8 MB is the limit that Dubbo itself sets. */
export const MAX_KEPT_BYTES = 256 * 1024;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const IS_REQUEST = 0x80;
const IS_TWO_WAY = 0x40;
const IS_EVENT = 0x20;

export type DubboMessage =
  | {
      readonly kind: 'message';
      readonly isRequest: boolean;
      readonly isTwoWay: boolean;
      /** A heartbeat, or word that the server goes away. */
      readonly isEvent: boolean;
      readonly serialization: number;
      /** Of a response. */
      readonly status: number;
      readonly id: string;
      readonly body: Uint8Array;
      readonly length: number;
      readonly size: number;
    }
  | { readonly kind: 'rest'; readonly size: number };

export type Message = Extract<DubboMessage, { kind: 'message' }>;

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

/** `rest`: bytes left of a long body. */
export function readMessage(bytes: Uint8Array, offset: number, rest: number): Parsed<DubboMessage> {
  const available = bytes.length - offset;
  if (rest > 0) {
    if (available === 0) return { kind: 'more', atLeast: 1 };
    const size = Math.min(available, rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  if (!isHeader(bytes, offset)) return { kind: 'bad', fault: 'no Dubbo header', at: offset };
  const length = u32(bytes, offset + 12) >>> 0;
  const size = HEADER_BYTES + Math.min(length, MAX_KEPT_BYTES);
  if (available < size) return { kind: 'more', atLeast: size - available };
  const flags = bytes[offset + 2] ?? 0;
  const value: Message = {
    kind: 'message',
    isRequest: (flags & IS_REQUEST) !== 0,
    isTwoWay: (flags & IS_TWO_WAY) !== 0,
    isEvent: (flags & IS_EVENT) !== 0,
    serialization: flags & 0x1f,
    status: bytes[offset + 3] ?? 0,
    id: idAt(bytes, offset + 4),
    body: bytes.subarray(offset + HEADER_BYTES, offset + size),
    length,
    size,
  };
  return { kind: 'done', value, end: offset + size };
}

/** Numbers of requests count up from anywhere: 64 bits are more than a number holds. */
const idAt = (bytes: Uint8Array, at: number): string =>
  ((BigInt(u32(bytes, at) >>> 0) << 32n) | BigInt(u32(bytes, at + 4) >>> 0)).toString();

const isHeader = (bytes: Uint8Array, offset: number): boolean =>
  bytes[offset] === 0xda && bytes[offset + 1] === 0xbb && u32(bytes, offset + 12) >>> 0 <= MAX_BODY_BYTES;

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
