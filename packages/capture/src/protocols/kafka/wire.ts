/**
 * Kafka on the wire: https://kafka.apache.org/protocol#protocol_messages
 *
 *   request   length i32 │ apiKey i16 │ apiVersion i16 │ correlationId i32 │ clientId string? │ [tags] │ message
 *   response  length i32 │ correlationId i32 │ [tags] │ message
 *
 * Tags are there in flexible versions. What an answer is of, only its request tells. The tokens of an old SASL exchange are
 * framed by the same length and have no header.
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { KafkaCursor, skipTags } from './cursor.ts';
import { planOf } from './plan.ts';
import { Facts, scan } from './scan.ts';
import { type Api, apiOf, isFlexible } from './schema.ts';

const LENGTH_BYTES = 4;
/** Key, version and correlation id. */
const REQUEST_HEADER_BYTES = 8;
const RESPONSE_HEADER_BYTES = 4;
/** `socket.request.max.bytes`; the largest answer, a fetch of 55 MB, is below it too. */
export const MAX_FRAME_BYTES = 100 * 1024 * 1024;
/** A longer message is read by its beginning: above the largest request of a producer with default settings. */
export const MAX_WHOLE_BYTES = 1024 * 1024 + 4096;
/** Client ids are names of programs; a longer one is another protocol. */
export const MAX_CLIENT_ID_BYTES = 1024;
/** Versions beyond those described: a newer client is still recognised. */
export const NEWER_VERSIONS = 8;

const CONTROLLED_SHUTDOWN = 7;

export interface KafkaMessage {
  /** A frame after its length, or the beginning of one that is longer than `MAX_WHOLE_BYTES`; `rest`: more of such a one. */
  kind: 'frame' | 'rest';
  /** What is here of it: `bytes[start, end)`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** What it says its length is. */
  length: number;
  /** Bytes on the wire of what was read. */
  size: number;
}

/** One object for all messages: a session takes what it needs before it reads on. */
const message: KafkaMessage = { kind: 'frame', bytes: new Uint8Array(0), start: 0, end: 0, length: 0, size: 0 };
const done = { kind: 'done', value: message, end: 0 };

export interface Expectation {
  /** Bytes left of a long frame. */
  readonly rest: number;
  /** A token of SASL may come, which has no header. */
  readonly isToken: boolean;
  /** Where the bytes end; without it, all of them are meant. */
  readonly end?: number;
}

export function readFrame(side: Side, bytes: Uint8Array, offset: number, expected: Expectation): Parsed<KafkaMessage> {
  const { rest, isToken, end: limit = bytes.length } = expected;
  const available = limit - offset;
  message.bytes = bytes;
  if (rest > 0) {
    message.size = Math.min(available, rest);
    message.kind = 'rest';
    done.end = offset + message.size;
    return done as Parsed<KafkaMessage>;
  }
  if (available < LENGTH_BYTES) return { kind: 'more', atLeast: LENGTH_BYTES - available };
  const length = int32(bytes, offset);
  const least = isToken ? 0 : side === 'client' ? REQUEST_HEADER_BYTES : RESPONSE_HEADER_BYTES;
  if (length < least || length > MAX_FRAME_BYTES) return { kind: 'bad', fault: 'implausible length', at: offset };
  const start = offset + LENGTH_BYTES;
  const end = start + Math.min(length, MAX_WHOLE_BYTES);
  if (side === 'client' && !isToken && limit >= start + REQUEST_HEADER_BYTES) {
    if (int16(bytes, start) < 0 || int16(bytes, start + 2) < 0) {
      return { kind: 'bad', fault: 'not a request header', at: offset };
    }
  }
  if (limit < end) return { kind: 'more', atLeast: end - limit };
  message.kind = 'frame';
  message.start = start;
  message.end = end;
  message.length = length;
  message.size = end - offset;
  done.end = end;
  return done as Parsed<KafkaMessage>;
}

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Where the client's id stands; -1 for none. */
  readonly clientIdStart: number;
  readonly clientIdEnd: number;
  /** Where the message itself begins. */
  readonly end: number;
}

/** One object for all headers, as for messages. */
const header = { apiKey: 0, apiVersion: 0, correlationId: 0, clientIdStart: -1, clientIdEnd: -1, end: 0 };

/** The header of a request, read from the beginning of its frame; undefined when it is none. */
export function requestHeader(cursor: KafkaCursor): RequestHeader | undefined {
  const apiKey = cursor.i16();
  const apiVersion = cursor.i16();
  header.apiKey = apiKey;
  header.apiVersion = apiVersion;
  header.correlationId = cursor.i32();
  // The one request without a client id (header version 0).
  const isBare = apiKey === CONTROLLED_SHUTDOWN && apiVersion === 0;
  const length = isBare ? -1 : cursor.i16();
  header.clientIdStart = length < 0 ? -1 : cursor.at;
  if (length > 0) cursor.skip(length);
  header.clientIdEnd = length < 0 ? -1 : cursor.at;
  const api = apiOf(apiKey);
  if (api !== undefined && isFlexible(api, apiVersion)) skipTags(cursor);
  header.end = cursor.at;
  return cursor.isShort || apiKey < 0 || apiVersion < 0 || length > MAX_CLIENT_ID_BYTES ? undefined : header;
}

/**
 * Does a request begin here? An API and a version that exist, a client id that is a name; and when the whole message is
 * here, it must be one of its API to the last byte.
 */
export function startsWithRequest(bytes: Uint8Array, offset: number): 'yes' | 'no' | 'more' {
  const start = offset + LENGTH_BYTES;
  if (bytes.length < offset + LENGTH_BYTES) return isLengthStart(bytes, offset) ? 'more' : 'no';
  const length = int32(bytes, offset);
  if (length < REQUEST_HEADER_BYTES || length > MAX_FRAME_BYTES) return 'no';
  if (bytes.length < start + 4) return 'more';
  const api = apiOf(int16(bytes, start));
  const version = int16(bytes, start + 2);
  if (api === undefined || version < 0 || version > api.to + NEWER_VERSIONS) return 'no';
  const isWhole = bytes.length >= start + length;
  if (isWhole) return isRequest(bytes.subarray(start, start + length), api, version) ? 'yes' : 'no';
  const nameStart = start + REQUEST_HEADER_BYTES + 2;
  if (bytes.length < nameStart) return 'more';
  const nameLength = int16(bytes, nameStart - 2);
  if (nameLength < -1 || nameLength > Math.min(MAX_CLIENT_ID_BYTES, length)) return 'no';
  if (!isName(bytes.subarray(nameStart, nameStart + nameLength))) return 'no';
  // Without a name the header is little more than zeros: the whole message must say.
  return nameLength > 0 && bytes.length >= nameStart + nameLength ? 'yes' : 'more';
}

function isRequest(frame: Uint8Array, api: Api, version: number): boolean {
  const cursor = new KafkaCursor(frame);
  const found = requestHeader(cursor);
  if (found === undefined) return false;
  const clientId = frame.subarray(Math.max(0, found.clientIdStart), Math.max(0, found.clientIdEnd));
  if (!isName(clientId)) return false;
  const plan = planOf(api.key, 'request', version);
  // Of a version that nobody has described the name must be enough.
  if (plan === undefined) return clientId.length > 0;
  scan(cursor, plan, new Facts());
  return !cursor.isShort && cursor.left === 0;
}

/** May an answer begin here? Nothing tells but its length, and that another follows it. */
export function mayBeResponse(bytes: Uint8Array, offset: number): boolean {
  if (bytes.length < offset + LENGTH_BYTES) return isLengthStart(bytes, offset);
  const length = int32(bytes, offset);
  if (length < RESPONSE_HEADER_BYTES || length > MAX_FRAME_BYTES) return false;
  const next = offset + LENGTH_BYTES + length;
  if (bytes.length < next + LENGTH_BYTES) return true;
  const nextLength = int32(bytes, next);
  return nextLength >= RESPONSE_HEADER_BYTES && nextLength <= MAX_FRAME_BYTES;
}

/** The first byte of a plausible length is at most 6. */
const isLengthStart = (bytes: Uint8Array, offset: number): boolean => (bytes[offset] ?? 0) <= MAX_FRAME_BYTES >>> 24;

const isName = (bytes: Uint8Array): boolean => bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);

export const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
const int16 = (bytes: Uint8Array, at: number): number => (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0);
