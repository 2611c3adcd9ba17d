/** SCTP's common header and chunks (RFC 9260 §3, interleaved messages RFC 8260): where they stand in a packet. */

import { u16, u32 } from './big-endian.ts';

const COMMON_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
const DATA_HEADER_BYTES = 16;
const I_DATA_HEADER_BYTES = 20;
const VERIFICATION_TAG_AT = 4;
/** A chunk takes 4 bytes at least; more of them than a real packet has are not looked at. */
const MAX_CHUNKS = 512;

export const DATA = 0;
export const INIT = 1;
export const INIT_ACK = 2;
export const ABORT = 6;
export const SHUTDOWN = 7;
export const SHUTDOWN_COMPLETE = 14;
export const COOKIE_ECHO = 10;
export const COOKIE_ACK = 11;
/** RFC 8260 §2.1: DATA whose fragments are numbered within their message, so that messages can be sent side by side. */
export const I_DATA = 64;
/** RFC 3758: what comes before will not be sent any more. */
export const FORWARD_TSN = 192;
/** RFC 8260 §2.3.1: the same for interleaved messages. */
export const I_FORWARD_TSN = 194;

/** Flags of DATA: the message's first and last fragment (§3.3.1). */
export const BEGINNING = 0x02;
export const ENDING = 0x01;
/** It does not wait for others of its stream; such messages are numbered by themselves. */
export const UNORDERED = 0x04;

/** One object, filled for each chunk. */
export interface Chunk {
  type: number;
  flags: number;
  /** TSN of DATA, initial TSN of INIT and INIT ACK, new cumulative TSN of both kinds of FORWARD TSN, signed; else 0. */
  tsn: number;
  /** Tag the sender of INIT and INIT ACK chose; else 0. */
  tag: number;
  stream: number;
  /** I-DATA: number of the message in its stream, and of the fragment in its message, from 0. */
  message: number;
  fragment: number;
  /** User data of both kinds of DATA: half-open, clipped to what was captured. */
  start: number;
  end: number;
  /** Length on the wire of the user data. */
  length: number;
}

/** The tag its receiver chose when the association began; 0 of INIT, and where the packet is cut before it. */
export function verificationTag(bytes: Uint8Array, start: number, end: number): number {
  return start + COMMON_HEADER_BYTES > end ? 0 : u32(bytes, start + VERIFICATION_TAG_AT);
}

/**
 * Gives each chunk of `bytes[start, end)` to `take`; answers why it stopped, or null at the end. `wireEnd` is where the packet
 * ended before the snap length cut it.
 */
export function readChunks(
  bytes: Uint8Array,
  { start, end, wireEnd }: { readonly start: number; readonly end: number; readonly wireEnd: number },
  take: (chunk: Chunk) => void,
): string | null {
  const chunk: Chunk = {
    type: 0,
    flags: 0,
    tsn: 0,
    tag: 0,
    stream: 0,
    message: 0,
    fragment: 0,
    start: 0,
    end: 0,
    length: 0,
  };
  let at = start + COMMON_HEADER_BYTES;
  for (let count = 0; at < wireEnd; count++) {
    if (at + CHUNK_HEADER_BYTES > end) return wireEnd > end ? 'sctp: cut packet' : 'sctp: short chunk';
    if (count === MAX_CHUNKS) return 'sctp: too many chunks';
    const length = u16(bytes, at + 2);
    if (length < CHUNK_HEADER_BYTES || at + length > wireEnd) return 'sctp: bad chunk length';
    chunk.type = bytes[at] ?? 0;
    chunk.flags = bytes[at + 1] ?? 0;
    if (!readValue(chunk, bytes, { at, length, end })) return 'sctp: short chunk';
    take(chunk);
    at += (length + 3) & ~3;
  }
  return null;
}

/** The fields that matter here; false when the chunk is too short for them. */
function readValue(chunk: Chunk, bytes: Uint8Array, place: { at: number; length: number; end: number }): boolean {
  const { at, length, end } = place;
  chunk.tsn = 0;
  chunk.tag = 0;
  switch (chunk.type) {
    case DATA:
      if (length <= DATA_HEADER_BYTES || at + DATA_HEADER_BYTES > end) return false;
      chunk.tsn = u32(bytes, at + 4) | 0;
      chunk.stream = u16(bytes, at + 8);
      chunk.start = at + DATA_HEADER_BYTES;
      chunk.end = Math.min(end, at + length);
      chunk.length = length - DATA_HEADER_BYTES;
      return true;
    case I_DATA:
      if (length <= I_DATA_HEADER_BYTES || at + I_DATA_HEADER_BYTES > end) return false;
      chunk.tsn = u32(bytes, at + 4) | 0;
      chunk.stream = u16(bytes, at + 8);
      chunk.message = u32(bytes, at + 12);
      // The first fragment has the payload's protocol there.
      chunk.fragment = (chunk.flags & BEGINNING) !== 0 ? 0 : u32(bytes, at + 16);
      chunk.start = at + I_DATA_HEADER_BYTES;
      chunk.end = Math.min(end, at + length);
      chunk.length = length - I_DATA_HEADER_BYTES;
      return true;
    case INIT:
    case INIT_ACK:
      if (length < 20 || at + 20 > end) return false;
      chunk.tag = u32(bytes, at + 4);
      chunk.tsn = u32(bytes, at + 16) | 0;
      return true;
    case FORWARD_TSN:
    case I_FORWARD_TSN:
      if (length < 8 || at + 8 > end) return false;
      chunk.tsn = u32(bytes, at + 4) | 0;
      return true;
    default:
      return true;
  }
}
