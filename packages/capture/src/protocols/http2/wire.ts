/**
 * HTTP/2 frames (RFC 9113 §4).
 *
 *   ┌────────────┬──────┬───────┬─────────────┬─────────┐
 *   │ length (24)│ type │ flags │ R stream(31)│ payload │
 *   └────────────┴──────┴───────┴─────────────┴─────────┘
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';

export const DATA = 0;
export const HEADERS = 1;
const PRIORITY = 2;
export const RST_STREAM = 3;
const SETTINGS = 4;
export const PUSH_PROMISE = 5;
const PING = 6;
export const GOAWAY = 7;
const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
const PADDED = 0x8;
const HAS_PRIORITY = 0x20;

const HEAD_BYTES = 9;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** A longer frame is read by its beginning; the rest goes by in parts. Peers keep to 16 KiB unless told otherwise. */
const MAX_WHOLE_BYTES = 64 * 1024;
/** Types that a frame may have for a stream joined in its middle to be believed (RFC 9113, and PRIORITY_UPDATE). */
const KNOWN_TYPES = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16]);

export type FrameToken =
  | { readonly kind: 'preface'; readonly size: number }
  | {
      readonly kind: 'frame';
      readonly type: number;
      readonly flags: number;
      readonly stream: number;
      /** The payload, or its beginning when `length` is more. */
      readonly payload: Uint8Array;
      readonly length: number;
      readonly size: number;
    }
  /** More of the frame before. */
  | { readonly kind: 'rest'; readonly bytes: Uint8Array; readonly size: number };

export type Frame = Extract<FrameToken, { kind: 'frame' }>;

/** Reads one frame; `rest` bytes are left of a long one. */
export function readFrame(bytes: Uint8Array, offset: number, rest: number): Parsed<FrameToken> {
  const available = bytes.length - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (rest > 0) {
    const size = Math.min(rest, available);
    return {
      kind: 'done',
      value: { kind: 'rest', bytes: bytes.subarray(offset, offset + size), size },
      end: offset + size,
    };
  }
  const preface = matchPreface(bytes, offset);
  if (preface === 'yes') {
    const size = PREFACE.length;
    return { kind: 'done', value: { kind: 'preface', size }, end: offset + size };
  }
  if (preface === 'more') return { kind: 'more', atLeast: PREFACE.length - available };
  if (available < HEAD_BYTES) return { kind: 'more', atLeast: HEAD_BYTES - available };
  const length = ((bytes[offset] ?? 0) << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
  const whole = Math.min(length, MAX_WHOLE_BYTES);
  const start = offset + HEAD_BYTES;
  const end = start + whole;
  if (end > bytes.length) return { kind: 'more', atLeast: end - bytes.length };
  return {
    kind: 'done',
    value: {
      kind: 'frame',
      type: bytes[offset + 3] ?? 0,
      flags: bytes[offset + 4] ?? 0,
      stream: word(bytes, offset + 5) & 0x7fffffff,
      payload: bytes.subarray(start, end),
      length,
      size: HEAD_BYTES + whole,
    },
    end,
  };
}

/** Do the client's 24 fixed bytes stand here? At least four must match for `more`, so that no frame is held up. */
export function matchPreface(bytes: Uint8Array, offset: number): 'yes' | 'no' | 'more' {
  const length = Math.min(PREFACE.length, bytes.length - offset);
  for (let index = 0; index < length; index += 1) if (bytes[offset + index] !== PREFACE[index]) return 'no';
  return length === PREFACE.length ? 'yes' : 'more';
}

/** Payload without padding and priority (§6.1, §6.2); undefined when the padding is longer than the frame. */
export function contentOf({ flags, payload, type, length }: Frame): Uint8Array | undefined {
  let start = 0;
  let padding = 0;
  if (flags & PADDED && (type === DATA || type === HEADERS || type === PUSH_PROMISE)) {
    padding = payload[0] ?? 0;
    start = 1;
  }
  if (type === HEADERS && flags & HAS_PRIORITY) start += 5;
  const end = length > payload.length ? payload.length : payload.length - padding;
  return end < start ? undefined : payload.subarray(start, end);
}

/** Is this a frame head that a peer of this kind could have sent? Each clause is a MUST of RFC 9113 §6. */
export function isPlausibleFrame(bytes: Uint8Array, offset: number, side: Side): boolean {
  if (offset + HEAD_BYTES > bytes.length) return false;
  const length = ((bytes[offset] ?? 0) << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
  const type = bytes[offset + 3] ?? 0;
  const flags = bytes[offset + 4] ?? 0;
  const stream = word(bytes, offset + 5);
  if (!KNOWN_TYPES.has(type) || stream >>> 31 !== 0 || length > MAX_WHOLE_BYTES) return false;
  switch (type) {
    case DATA:
      return stream !== 0 && (flags & ~(END_STREAM | PADDED)) === 0;
    case HEADERS:
      return stream !== 0 && length > 0 && (flags & ~(END_STREAM | END_HEADERS | PADDED | HAS_PRIORITY)) === 0;
    case PRIORITY:
      return stream !== 0 && length === 5 && flags === 0;
    case RST_STREAM:
      return stream !== 0 && length === 4 && flags === 0;
    case SETTINGS:
      return stream === 0 && length % 6 === 0 && length <= 600 && flags === (length === 0 ? flags & 1 : 0);
    case PUSH_PROMISE:
      return side === 'server' && stream !== 0 && length > 4;
    case PING:
      return stream === 0 && length === 8 && flags <= 1;
    case GOAWAY:
      return stream === 0 && length >= 8 && flags === 0;
    case WINDOW_UPDATE:
      return length === 4 && flags === 0;
    case CONTINUATION:
      return stream !== 0 && (flags & ~END_HEADERS) === 0;
    default:
      return length >= 4 && stream === 0;
  }
}

/** Offset after the frame whose head stands at `offset`. */
export const frameEnd = (bytes: Uint8Array, offset: number): number =>
  offset + HEAD_BYTES + (((bytes[offset] ?? 0) << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0));

export const word = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;

/** RFC 9113 §7. */
const errorNames = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];
export const errorName = (code: number): string => errorNames[code] ?? `0x${code.toString(16)}`;
