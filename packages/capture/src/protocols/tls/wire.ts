/**
 * TLS records (RFC 8446 §5.1): type(1) version(2) length(2) fragment. Handshake messages (type(1) length(3) body) may be
 * split over records and several may share one.
 */

import type { Parsed } from '../../dissect/dissector.ts';

export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
const HEARTBEAT = 24;

export const HEADER_BYTES = 5;
/** RFC 5246 §6.2.3: 2^14 and what compression, padding and MAC may add. */
const MAX_FRAGMENT_BYTES = 2 ** 14 + 2048;

export interface TlsRecord {
  readonly type: number;
  readonly version: number;
  /** A view. */
  readonly fragment: Uint8Array;
}

export function parseRecord(bytes: Uint8Array, offset: number): Parsed<TlsRecord> {
  const available = bytes.length - offset;
  if (available > 0 && !isRecordType(bytes[offset]!)) return { kind: 'bad', fault: 'unknown record type', at: offset };
  if (available < HEADER_BYTES) return { kind: 'more', atLeast: HEADER_BYTES - available };
  if (!isHeader(bytes, offset)) return { kind: 'bad', fault: 'not a TLS record', at: offset };
  const start = offset + HEADER_BYTES;
  const end = start + u16(bytes, offset + 3);
  if (bytes.length < end) return { kind: 'more', atLeast: end - bytes.length };
  const value = { type: bytes[offset]!, version: u16(bytes, offset + 1), fragment: bytes.subarray(start, end) };
  return { kind: 'done', value, end };
}

const isRecordType = (type: number) => type >= CHANGE_CIPHER_SPEC && type <= HEARTBEAT;

/** Are the five bytes at `offset` a record header, with a length that its type can have? */
export function isHeader(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset]!;
  if (!isRecordType(type) || bytes[offset + 1] !== 3 || bytes[offset + 2]! > 4) return false;
  const length = u16(bytes, offset + 3);
  if (length > MAX_FRAGMENT_BYTES) return false;
  // Only application data may be empty (RFC 5246 §6.2.1); ChangeCipherSpec is one byte.
  return type === CHANGE_CIPHER_SPEC ? length === 1 : type === APPLICATION_DATA || length >= 2;
}

/** Offset of the next place where records plausibly begin: a header, and another one right after its record. */
export function findRecord(bytes: Uint8Array, offset: number): number {
  for (let at = offset; at + HEADER_BYTES <= bytes.length; at++) {
    if (!isHeader(bytes, at)) continue;
    const next = at + HEADER_BYTES + u16(bytes, at + 3);
    if (next + HEADER_BYTES > bytes.length || isHeader(bytes, next)) return at;
  }
  return -1;
}

export interface HandshakeMessage {
  readonly type: number;
  /** Without the header of four bytes. */
  readonly body: Uint8Array;
  /** With it. */
  readonly bytes: Uint8Array;
}

/**
 * Handshake messages waiting for their end. The largest real ones are certificate chains of some 20 kB; a length of three
 * bytes could ask for 16 MB.
 */
export const MAX_HANDSHAKE_BYTES = 128 * 1024;

/** Puts handshake messages together from the records of one side. */
export class HandshakeAssembler {
  #held: Uint8Array = new Uint8Array(0);

  /** The messages that are whole with this fragment; null when one is too long to be believed. */
  push(fragment: Uint8Array): HandshakeMessage[] | null {
    const bytes = this.#held.length === 0 ? fragment : joined(this.#held, fragment);
    const messages: HandshakeMessage[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = (bytes[at + 1]! << 16) | u16(bytes, at + 2);
      const end = at + 4 + length;
      if (length > MAX_HANDSHAKE_BYTES) {
        this.#held = new Uint8Array(0);
        return null;
      }
      if (end > bytes.length) break;
      messages.push({ type: bytes[at]!, body: bytes.subarray(at + 4, end), bytes: bytes.subarray(at, end) });
      at = end;
    }
    this.#held = at === bytes.length ? new Uint8Array(0) : bytes.slice(at);
    return messages;
  }

  reset(): void {
    this.#held = new Uint8Array(0);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

const u16 = (bytes: Uint8Array, at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
