/** How a stream is known to be MySQL's, from its first bytes or from its middle. */

import type { Side } from '../../dissect/dissector.ts';
import { Command, commandNames } from './codes.ts';
import { isLogin, isSslRequest } from './handshake.ts';
import { COMPRESSED_HEAD_BYTES, HEAD_BYTES, readMessage, u16, u24 } from './wire.ts';

/** Does the stream of this side begin with something only MySQL says? */
export function probe(sample: Uint8Array, side: Side): 'yes' | 'no' | 'more' {
  if (startsCompressed(sample, 0, side)) return 'yes';
  if (side === 'server') {
    const greeting = startsWithGreeting(sample);
    return greeting === 'no' ? startsWithAnswer(sample, 0) : greeting;
  }
  if (sample.length < 5) return 'more';
  const parsed = readMessage(sample, 0, { rest: 0, isCompressed: false });
  if (sample[3] === 0) return startsWithCommand(sample, 0);
  // A login: numbered 1, or 2 inside TLS.
  if ((sample[3] ?? 0) > 2 || (sample[2] ?? 0) !== 0 || (sample[1] ?? 0) > 16) return 'no';
  if (parsed.kind !== 'done') return parsed.kind === 'more' ? 'more' : 'no';
  const { value } = parsed;
  if (value.kind !== 'packet') return 'no';
  if (isLogin(value.body) || isSslRequest(value.body)) return 'yes';
  // Before 4.1 a login has nothing to know it by: the server's greeting decides.
  return (value.body[1] ?? 0) < 0x02 && value.body.length > 6 && value.body.length < 512 ? 'more' : 'no';
}

/**
 * Does a compressed packet begin here? What is deflated begins with the head of zlib or zstd; what is not is a packet that
 * fills the compressed one, and is numbered from 0 by the client and from 1 by the server.
 */
export function startsCompressed(bytes: Uint8Array, at: number, side: Side, limit = bytes.length): boolean {
  if (at + COMPRESSED_HEAD_BYTES + HEAD_BYTES > limit) return false;
  const length = u24(bytes, at);
  const inside = at + COMPRESSED_HEAD_BYTES;
  const inflated = u24(bytes, at + 4);
  if (inflated === 0) {
    const isFirst = bytes[inside + 3] === 0;
    return length > HEAD_BYTES && u24(bytes, inside) === length - HEAD_BYTES && isFirst === (side === 'client');
  }
  if (inflated < length) return false;
  const isZlib = bytes[inside] === 0x78 && ((0x78 << 8) | (bytes[inside + 1] ?? 0)) % 31 === 0;
  const isZstd = bytes[inside] === 0x28 && bytes[inside + 1] === 0xb5 && bytes[inside + 2] === 0x2f;
  return isZlib || isZstd;
}

/** The first packet of a server: its greeting, or the error it has instead. */
function startsWithGreeting(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  if (bytes.length < HEAD_BYTES + 1) return bytes.length > 2 && bytes[2] !== 0 ? 'no' : 'more';
  const length = u24(bytes, 0);
  if (length < 8 || length > 4096 || bytes[3] !== 0) return 'no';
  const first = bytes[HEAD_BYTES];
  if (first === 0xff) {
    if (bytes.length < HEAD_BYTES + length) return 'more';
    const code = u16(bytes, HEAD_BYTES + 1);
    return code >= 1000 && code < 5000 && isText(bytes, HEAD_BYTES + 3, HEAD_BYTES + length) ? 'yes' : 'no';
  }
  if (first !== 9 && first !== 10) return 'no';
  const end = bytes.indexOf(0, HEAD_BYTES + 1);
  if (end < 0) return bytes.length < HEAD_BYTES + length ? 'more' : 'no';
  return /^\d+\.\d+\S*$/.test(new TextDecoder('latin1').decode(bytes.subarray(HEAD_BYTES + 1, end))) ? 'yes' : 'no';
}

/** Commands whose payload is text, and those of a known length. */
const textCommands = new Set<number>([Command.QUERY, Command.STMT_PREPARE]);
const lengths: ReadonlyMap<number, number> = new Map([
  [Command.QUIT, 1],
  [Command.STATISTICS, 1],
  [Command.PROCESS_KILL, 5],
  [Command.PING, 1],
  [Command.STMT_CLOSE, 5],
  [Command.STMT_RESET, 5],
  [Command.SET_OPTION, 3],
  [Command.STMT_FETCH, 9],
  [Command.RESET_CONNECTION, 1],
]);
/** How statements begin: a word, a comment, a bracket. */
const STATEMENT = /^\s*(?:[A-Za-z]{2,}\b|\/\*|--|\()/;
const MAX_STATEMENT_START = 64;

/** Does a command begin here? `more` when it may, but nothing in it says so. */
export function startsWithCommand(bytes: Uint8Array, at: number): 'yes' | 'no' | 'more' {
  if (at + HEAD_BYTES + 1 > bytes.length || bytes[at + 3] !== 0) return 'no';
  const length = u24(bytes, at);
  const command = bytes[at + HEAD_BYTES] ?? 0;
  const end = at + HEAD_BYTES + length;
  if (length === 0 || !commandNames.has(command)) return 'no';
  if (textCommands.has(command)) {
    // Query attributes, none of them.
    const from = at + HEAD_BYTES + (bytes[at + 5] === 0 && bytes[at + 6] === 1 ? 3 : 1);
    const until = Math.min(end, from + MAX_STATEMENT_START, bytes.length);
    if (!isText(bytes, from, until)) return 'no';
    return STATEMENT.test(new TextDecoder().decode(bytes.subarray(from, until))) ? 'yes' : 'no';
  }
  if (end !== bytes.length) return 'no';
  if (command === Command.STMT_EXECUTE)
    return length >= 10 && u16(bytes, at + 10) === 1 && u16(bytes, at + 12) === 0 ? 'yes' : 'no';
  return lengths.get(command) === length ? 'more' : 'no';
}

/** Does the answer to a command begin here? Its packets are numbered from 1 on. */
export function startsWithAnswer(bytes: Uint8Array, at: number): 'yes' | 'no' | 'more' {
  if (at + HEAD_BYTES + 1 > bytes.length || bytes[at + 3] !== 1) return 'no';
  const length = u24(bytes, at);
  const end = at + HEAD_BYTES + length;
  const first = bytes[at + HEAD_BYTES];
  if (first === 0xff)
    return length > 9 && bytes[at + HEAD_BYTES + 3] === 0x23 /* # */ && end <= bytes.length ? 'yes' : 'no';
  if (first === 0x00) return length >= 7 && end <= bytes.length && length < 1024 ? 'more' : 'no';
  // The number of columns, then their definitions, each of the catalog `def`.
  if (length > 3 || first === 0xfe) return 'no';
  if (end + HEAD_BYTES + 4 > bytes.length) return 'no';
  const isDefinition = bytes[end + 3] === 2 && bytes[end + HEAD_BYTES] === 3 && bytes[end + HEAD_BYTES + 1] === 0x64;
  return isDefinition ? 'yes' : 'no';
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end && at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  }
  return end > start;
}
