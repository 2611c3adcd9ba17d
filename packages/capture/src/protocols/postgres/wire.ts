/**
 * PostgreSQL's frontend/backend protocol, version 3: https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 *   ┌──────┬───────────────┬─────────┐
 *   │ type │ length (int32)│ body    │   length counts itself and the body; the first message of a client has no type.
 *   └──────┴───────────────┴─────────┘
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';

const HEAD_BYTES = 5;
/** A message longer than this is read by its beginning, the rest is read over: no statement or row needs more to be told. */
export const MAX_WHOLE_BYTES = 256 * 1024;
/** The server's own limit of a startup packet. */
const MAX_STARTUP_BYTES = 10_000;
/** Its key has four bytes in version 3.0, up to 256 since 3.2. */
const MAX_CANCEL_BYTES = 12 + 256;
/** The server refuses longer messages (PQ_LARGE_MESSAGE_LIMIT). */
const MAX_MESSAGE_BYTES = 0x3fffffff;

/** Minor versions differ in what is negotiated, not in how it is framed; 9999 asks whether a server negotiates at all. */
const MAJOR_VERSION = 3;
const MAX_MINOR_VERSION = 9999;
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

/** A message of either side after the startup; one object, used again for the next. */
export interface TypedMessage {
  readonly kind: 'message';
  /** The character code of its first byte. */
  readonly type: number;
  /** Where the body stands, or its beginning when `length` is more. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly length: number;
  readonly size: number;
}

export type PostgresMessage =
  | TypedMessage
  | { readonly kind: 'startup'; readonly body: Uint8Array; readonly size: number }
  | { readonly kind: 'ssl-request' | 'gss-request'; readonly size: number }
  | { readonly kind: 'cancel-request'; readonly processId: number; readonly size: number }
  /** The server's one byte answer to a request for encryption: `S`, `G` or `N`. */
  | { readonly kind: 'encryption'; readonly answer: string; readonly size: number }
  /** More of a message whose beginning has been read. */
  | { readonly kind: 'rest'; readonly size: number };

/** Types that either side sends; anything else means that this is not, or no longer, PostgreSQL. */
const CLIENT = 1;
const SERVER = 2;
const senders = new Uint8Array(256);
for (const letter of 'BCDEFHPQSXcdfp') senders[letter.charCodeAt(0)] = CLIENT;
for (const letter of 'ACDEGHIKNRSTVWZcdnstv123')
  senders[letter.charCodeAt(0)] = (senders[letter.charCodeAt(0)] ?? 0) | SERVER;
const isTypeOf = (side: Side, type: number): boolean =>
  ((senders[type] ?? 0) & (side === 'client' ? CLIENT : SERVER)) !== 0;

const nothing: Uint8Array = new Uint8Array(0);
const typed = { kind: 'message' as const, type: 0, bytes: nothing, start: 0, end: 0, length: 0, size: 0 };
const readTyped = { kind: 'done' as const, value: typed, end: 0 };

export interface Expectation {
  /** The client has not said anything yet: its message has no type. */
  readonly isStartup: boolean;
  /** The client asked for encryption: the server answers with one byte. */
  readonly awaitsEncryption: boolean;
  /** Bytes left of a long message. */
  readonly rest: number;
}

/** Reads one message before `limit`; what it may be depends on what was said before. */
export function readMessage(
  side: Side,
  bytes: Uint8Array,
  place: { readonly offset: number; readonly limit: number },
  expected: Expectation,
): Parsed<PostgresMessage> {
  const { offset, limit } = place;
  const available = limit - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (expected.rest > 0) {
    const size = Math.min(available, expected.rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  if (side === 'client' && expected.isStartup) return readStartup(bytes, offset, limit);
  if (side === 'server' && expected.awaitsEncryption) {
    const answer = String.fromCharCode(bytes[offset] ?? 0);
    // An old server answers with an error message instead.
    if (answer !== 'E') {
      if (!'SGN'.includes(answer)) return { kind: 'bad', fault: 'no answer to a request for encryption', at: offset };
      return { kind: 'done', value: { kind: 'encryption', answer, size: 1 }, end: offset + 1 };
    }
  }
  return readTypedMessage(side, bytes, offset, limit);
}

/** Reads one message that has a type. */
export function readTypedMessage(
  side: Side,
  bytes: Uint8Array,
  offset: number,
  limit: number,
): Parsed<PostgresMessage> {
  const available = limit - offset;
  const type = bytes[offset] ?? 0;
  if (!isTypeOf(side, type)) return { kind: 'bad', fault: `unknown message type 0x${type.toString(16)}`, at: offset };
  if (available < HEAD_BYTES) return { kind: 'more', atLeast: HEAD_BYTES - available };
  const length = int32(bytes, offset + 1) - 4;
  if (length < 0 || length > MAX_MESSAGE_BYTES) return { kind: 'bad', fault: 'invalid message length', at: offset + 1 };
  const whole = Math.min(length, MAX_WHOLE_BYTES);
  if (available < HEAD_BYTES + whole) return { kind: 'more', atLeast: HEAD_BYTES + whole - available };
  const start = offset + HEAD_BYTES;
  typed.type = type;
  typed.bytes = bytes;
  typed.start = start;
  typed.end = start + whole;
  typed.length = length;
  typed.size = HEAD_BYTES + whole;
  readTyped.end = typed.end;
  return readTyped;
}

function readStartup(bytes: Uint8Array, offset: number, limit: number): Parsed<PostgresMessage> {
  const available = limit - offset;
  if (available < 8) return { kind: 'more', atLeast: 8 - available };
  const size = int32(bytes, offset);
  const code = int32(bytes, offset + 4);
  if (size < 8 || size > MAX_STARTUP_BYTES) return { kind: 'bad', fault: 'invalid startup length', at: offset };
  const kind = startupKind(code);
  if (kind === undefined)
    return { kind: 'bad', fault: `unknown protocol version ${code >> 16}.${code & 0xffff}`, at: offset + 4 };
  if (available < size) return { kind: 'more', atLeast: size - available };
  const end = offset + size;
  if (kind === 'startup') return { kind: 'done', value: { kind, body: bytes.subarray(offset + 8, end), size }, end };
  if (kind !== 'cancel-request') return { kind: 'done', value: { kind, size }, end };
  // What follows the process is the key that allows it: a secret.
  return { kind: 'done', value: { kind, processId: size < 12 ? 0 : int32(bytes, offset + 8), size }, end };
}

function startupKind(code: number): 'startup' | 'ssl-request' | 'gss-request' | 'cancel-request' | undefined {
  if (code >> 16 === MAJOR_VERSION && (code & 0xffff) <= MAX_MINOR_VERSION) return 'startup';
  switch (code) {
    case SSL_REQUEST:
      return 'ssl-request';
    case GSS_REQUEST:
      return 'gss-request';
    case CANCEL_REQUEST:
      return 'cancel-request';
    default:
      return undefined;
  }
}

/**
 * Does a client's first message begin here? A length and a version alone are also how a Kafka request begins: the parameters
 * of a startup are text, from the first letter of `user` to two zero bytes.
 */
export function startsWithStartup(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  if (bytes.length < 8) return bytes.length > 0 && bytes[0] !== 0 ? 'no' : 'more';
  const length = int32(bytes, 0);
  if (length < 8 || length > MAX_STARTUP_BYTES) return 'no';
  const kind = startupKind(int32(bytes, 4));
  if (kind === undefined) return 'no';
  if (kind === 'cancel-request') return length >= 16 && length <= MAX_CANCEL_BYTES ? 'yes' : 'no';
  if (kind !== 'startup') return length === 8 ? 'yes' : 'no';
  if (bytes.length < length) return isText(bytes, 8, 12) ? 'more' : 'no';
  return isText(bytes, 8, 12) && bytes[length - 1] === 0 && bytes[length - 2] === 0 ? 'yes' : 'no';
}

/** Types and plausible lengths of messages that begin a turn, for streams that are seen from their middle on. */
const turns: Readonly<Record<Side, string>> = { client: 'QPBCDEX', server: 'TCZERSNK12tn' };

/**
 * Does a typed message begin here, believably: its type, its length, and the next message's type when that is here too?
 */
export function startsWithMessage(bytes: Uint8Array, offset: number, side: Side, limit = bytes.length): boolean {
  if (offset + HEAD_BYTES > limit) return false;
  if (!turns[side].includes(String.fromCharCode(bytes[offset] ?? 0))) return false;
  const length = int32(bytes, offset + 1);
  if (length < 4 || length > MAX_WHOLE_BYTES) return false;
  const next = offset + 1 + length;
  if (next < limit) return isTypeOf(side, bytes[next] ?? 0);
  // Nothing follows: only a message that ends exactly here, or text that looks like its kind, is believed.
  if (bytes[offset] === 0x51 /* Q */)
    return next > limit ? length < 65_536 && isText(bytes, offset + 5, limit) : bytes[next - 1] === 0;
  return next === limit;
}

/** Is what begins at `start` text, as far as sixteen bytes tell? */
const isText = (bytes: Uint8Array, start: number, limit: number): boolean =>
  bytes
    .subarray(start, Math.min(start + 16, limit))
    .every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13);

const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
