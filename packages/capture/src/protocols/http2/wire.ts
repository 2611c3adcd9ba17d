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
const PRIORITY_BYTES = 5;
const PROMISED_BYTES = 4;
const P = 0x50;
const NOTHING = new Uint8Array(0);
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** A longer frame is read by its beginning; the rest goes by in parts. Peers keep to 16 KiB unless told otherwise. */
const MAX_WHOLE_BYTES = 64 * 1024;
/** Types that a frame may have for a stream joined in its middle to be believed (RFC 9113, and PRIORITY_UPDATE). */
const KNOWN_TYPES = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16]);

/** What was read; one object is filled again and again. `bytes` are valid until it is taken. */
export interface FrameToken {
  /** `rest`: more of the frame before. */
  kind: 'preface' | 'frame' | 'rest';
  type: number;
  flags: number;
  stream: number;
  /** The stream that a PUSH_PROMISE promises; else 0. */
  promised: number;
  bytes: Uint8Array;
  /** Range of the payload, or of its beginning when `length` is more. */
  start: number;
  end: number;
  length: number;
  /** Bytes on the wire. */
  size: number;
}

const MORE: Parsed<FrameToken> = { kind: 'more', atLeast: 1 };

/** Reads frames into one reused result. */
export class FrameReader {
  private readonly token: FrameToken = {
    kind: 'frame',
    type: 0,
    flags: 0,
    stream: 0,
    promised: 0,
    bytes: NOTHING,
    start: 0,
    end: 0,
    length: 0,
    size: 0,
  };
  private readonly result = { kind: 'done' as const, value: this.token, end: 0 };

  /** Reads one frame of `bytes[offset, end)`. */
  read(bytes: Uint8Array, offset: number, end: number): Parsed<FrameToken> {
    // The preface begins with what would be a frame of five megabytes.
    if (bytes[offset] === P && end > offset) {
      const preface = matchPreface(bytes, offset, end);
      if (preface === 'more') return MORE;
      if (preface === 'yes') return this.done('preface', bytes, { start: offset, end: offset + PREFACE.length });
    }
    const start = offset + HEAD_BYTES;
    if (end < start) return { kind: 'more', atLeast: start - end };
    const length = lengthAt(bytes, offset);
    const whole = start + Math.min(length, MAX_WHOLE_BYTES);
    if (whole > end) return { kind: 'more', atLeast: whole - end };
    const { token, result } = this;
    token.kind = 'frame';
    token.type = bytes[offset + 3] ?? 0;
    token.flags = bytes[offset + 4] ?? 0;
    token.stream = word(bytes, offset + 5) & 0x7fffffff;
    token.promised = 0;
    // A write costs more than a look, and it is nearly always the same chunk.
    if (token.bytes !== bytes) token.bytes = bytes;
    token.start = start;
    token.end = whole;
    token.length = length;
    token.size = whole - offset;
    result.end = whole;
    return result;
  }

  /** Reads what is there of the `left` bytes that a long frame still has. */
  rest(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }, left: number) {
    return this.done('rest', bytes, { start, end: Math.min(end, start + left) });
  }

  private done(
    kind: FrameToken['kind'],
    bytes: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
  ): Parsed<FrameToken> {
    const { token, result } = this;
    token.kind = kind;
    token.bytes = bytes;
    token.start = start;
    token.end = end;
    token.size = end - start;
    result.end = end;
    return result;
  }
}

/** Do the client's 24 fixed bytes stand here? At least four must match for `more`, so that no frame is held up. */
export function matchPreface(bytes: Uint8Array, offset: number, end: number): 'yes' | 'no' | 'more' {
  const length = Math.min(PREFACE.length, end - offset);
  for (let index = 0; index < length; index += 1) if (bytes[offset + index] !== PREFACE[index]) return 'no';
  return length === PREFACE.length ? 'yes' : 'more';
}

/** Takes padding and priority off the payload (§6.1, §6.2); false when the padding is longer than the frame. */
export function takePadding(frame: FrameToken): boolean {
  const { flags, bytes, type, length } = frame;
  const isWhole = frame.end - frame.start === length;
  if (flags & PADDED && (type === DATA || type === HEADERS || type === PUSH_PROMISE)) {
    const padding = length > 0 ? (bytes[frame.start] ?? 0) : 0;
    frame.start += 1;
    if (isWhole) frame.end -= padding;
  }
  if (type === HEADERS && flags & HAS_PRIORITY) frame.start += PRIORITY_BYTES;
  return frame.end >= frame.start;
}

/** Takes the promised stream off the payload (§6.6); false when the frame is too short for it. */
export function takePromise(frame: FrameToken): boolean {
  if (frame.type !== PUSH_PROMISE) return true;
  frame.promised = wordOf(frame, 0) & 0x7fffffff;
  frame.start += PROMISED_BYTES;
  return frame.start <= frame.end;
}

/** Is this a frame head that a peer of this kind could have sent? Each clause is a MUST of RFC 9113 §6. */
export function isPlausibleFrame(bytes: Uint8Array, offset: number, side: Side): boolean {
  if (offset + HEAD_BYTES > bytes.length) return false;
  const length = lengthAt(bytes, offset);
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
export const frameEnd = (bytes: Uint8Array, offset: number): number => offset + HEAD_BYTES + lengthAt(bytes, offset);

const lengthAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);

const word = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;

/** The word `at` octets into a payload; 0 when the payload ends before. */
export const wordOf = ({ bytes, start, end }: FrameToken, at: number): number =>
  start + at + 4 <= end ? word(bytes, start + at) : 0;

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
