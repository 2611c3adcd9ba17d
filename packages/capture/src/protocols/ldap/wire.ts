/**
 * LDAP v3 messages: RFC 4511 §4.1.1. Also CLDAP, the same messages in datagrams (RFC 1798, MS-ADTS §3.1.1.3).
 *
 *   LDAPMessage ::= SEQUENCE { messageID INTEGER, protocolOp CHOICE { … }, controls [0] OPTIONAL }
 *
 * After a SASL bind that agreed on a security layer, messages lie in buffers of their own: a length of four bytes, then what
 * only the two ends can read (RFC 4422 §3.7).
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { headAt, INTEGER, integerIn, SEQUENCE } from './ber.ts';
import { requests, responses } from './operations.ts';

/** A longer message is read by its beginning: photographs and certificates make entries of megabytes. */
export const MAX_WHOLE_BYTES = 256 * 1024;
/** No server takes a message as long; a length above it is no length. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
/** Buffers of a security layer are at most 16 MB: the maximum has three bytes (RFC 4422 §3.7). */
const MAX_SEALED_BYTES = 0xffffff;
const SEALED_HEAD_BYTES = 4;
/** maxInt of RFC 4511 §4.1.1.1. */
const MAX_MESSAGE_ID = 2 ** 31 - 1;

export type LdapMessage =
  | {
      readonly kind: 'message';
      readonly id: number;
      /** Tag of the operation: `requests` and `responses` have their names. */
      readonly tag: number;
      /** The operation's content, or its beginning when `isCut`. */
      readonly content: Uint8Array;
      readonly isCut: boolean;
      readonly size: number;
      /** Bytes of the message that are still to come and are passed over. */
      readonly rest: number;
    }
  /** More of a long message, or a buffer of a security layer. */
  | { readonly kind: 'rest'; readonly size: number }
  | { readonly kind: 'sealed'; readonly size: number; readonly rest: number };

/** What reading depends on. */
export interface ReadState {
  /** Bytes left of something that is passed over. */
  readonly rest: number;
  /** A SASL bind may have put a security layer in place. */
  readonly mayBeSealed: boolean;
  /** Where the bytes that are here end; without it, all are. */
  readonly end?: number;
}

const bad = (fault: string, at: number): Parsed<LdapMessage> => ({ kind: 'bad', fault, at });

/** Reads the message at `offset`, of bytes that end where the state says. */
export function readMessage(side: Side, bytes: Uint8Array, offset: number, state: ReadState): Parsed<LdapMessage> {
  const { end: here = bytes.length } = state;
  const available = here - offset;
  if (state.rest > 0) {
    const size = Math.min(available, state.rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  if (bytes[offset] !== SEQUENCE) {
    return state.mayBeSealed ? readSealed(bytes, offset, here) : bad('not a message', offset);
  }
  const head = headAt(bytes, offset, here);
  if (head === undefined) return { kind: 'more', atLeast: 1 };
  if (head === 'bad') return bad('length of no message', offset + 1);
  const size = head.end - offset;
  if (size > MAX_MESSAGE_BYTES) return bad('implausible length', offset + 1);
  const whole = Math.min(size, MAX_WHOLE_BYTES);
  if (available < whole) return { kind: 'more', atLeast: whole - available };
  const limit = offset + whole;
  const id = headAt(bytes, head.start, limit);
  if (id === undefined || id === 'bad' || id.tag !== INTEGER || id.end > limit) return bad('no message id', head.start);
  const number = integerIn(bytes, id);
  if (number === undefined || number < 0 || number > MAX_MESSAGE_ID) return bad('implausible message id', id.start);
  const operation = headAt(bytes, id.end, limit);
  // All operations are of the application class.
  if (operation === undefined || operation === 'bad' || (operation.tag & 0xc0) !== 0x40)
    return bad('no operation', id.end);
  const other = side === 'client' ? responses : requests;
  if (other.has(operation.tag)) return bad('an operation of the other side', id.end);
  if (operation.end > head.end || operation.start > limit) return bad('operation longer than its message', id.end);
  const content = bytes.subarray(operation.start, Math.min(operation.end, limit));
  const isCut = operation.end > limit;
  return {
    kind: 'done',
    value: { kind: 'message', id: number, tag: operation.tag, content, isCut, size, rest: size - whole },
    end: limit,
  };
}

function readSealed(bytes: Uint8Array, offset: number, limit: number): Parsed<LdapMessage> {
  if (limit < offset + SEALED_HEAD_BYTES) {
    return { kind: 'more', atLeast: offset + SEALED_HEAD_BYTES - limit };
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(0);
  if (length === 0 || length > MAX_SEALED_BYTES) return bad('not a message', offset);
  const size = SEALED_HEAD_BYTES;
  return { kind: 'done', value: { kind: 'sealed', size: size + length, rest: length }, end: offset + size };
}

/**
 * Does a message of this side begin at `offset`? Asked of the heads alone: outer sequence, message id, a known operation whose
 * length fits. `more` while they are not all here.
 */
export function beginsMessage(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const { length } = bytes;
  if (offset >= length) return 'more';
  if (bytes[offset] !== SEQUENCE) return 'no';
  const head = headAt(bytes, offset);
  if (head === undefined) return 'more';
  if (head === 'bad' || head.end - offset > MAX_MESSAGE_BYTES || head.end - head.start < 5) return 'no';
  if (head.start < length && bytes[head.start] !== INTEGER) return 'no';
  const id = headAt(bytes, head.start);
  if (id === undefined) return 'more';
  if (id === 'bad' || id.end - id.start > 4 || id.end === id.start || id.end > head.end) return 'no';
  const tag = bytes[id.end];
  if (tag === undefined) return 'more';
  const known = side === 'client' ? requests : responses;
  if (!known.has(tag)) return 'no';
  const operation = headAt(bytes, id.end);
  if (operation === undefined) return 'more';
  return operation !== 'bad' && operation.end <= head.end ? 'yes' : 'no';
}
