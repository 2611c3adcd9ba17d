/**
 * NATS on the wire: https://docs.nats.io/reference/reference-protocols/nats-protocol
 *
 *   PUB orders.new _INBOX.a1 5 CRLF hello CRLF         a line, and the payload whose size the line ends with
 *   HPUB orders.new 12 17 CRLF NATS/1.0 CRLF CRLF …    the size of the headers, then of headers and payload together
 *
 * Verbs are read without regard to case. The protocols between servers (routes, gateways, leaf nodes) have other verbs.
 */

import { asBuffer } from '../../decode/content.ts';
import { Interner, latin1 } from '../../decode/interner.ts';
import type { Parsed, Side } from '../../dissect/dissector.ts';

/** The server's own limit of a line, `max_control_line`; INFO and CONNECT are longer. */
export const MAX_LINE_BYTES = 4096;
/** INFO names every server of a cluster. */
export const MAX_JSON_BYTES = 256 * 1024;
/** `max_payload` may be set up to this. */
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;
/** A longer payload is read by its beginning. */
export const MAX_WHOLE_BYTES = 512 * 1024;

const CR = 13;
const LF = 10;

export type Verb =
  | 'INFO'
  | 'CONNECT'
  | 'PUB'
  | 'HPUB'
  | 'SUB'
  | 'UNSUB'
  | 'MSG'
  | 'HMSG'
  | 'PING'
  | 'PONG'
  | '+OK'
  | '-ERR';

const verbs: Readonly<Record<Side, ReadonlySet<string>>> = {
  client: new Set(['CONNECT', 'PUB', 'HPUB', 'SUB', 'UNSUB', 'PING', 'PONG']),
  server: new Set(['INFO', 'MSG', 'HMSG', 'PING', 'PONG', '+OK', '-ERR']),
};

export type NatsMessage =
  | {
      readonly kind: 'message';
      readonly verb: Verb;
      /** What stands behind the verb, and its words. */
      readonly rest: string;
      readonly words: readonly string[];
      /** Headers and payload, or the beginning of them when `length` is more. */
      readonly content: Uint8Array;
      readonly headerBytes: number;
      /** Bytes of headers and payload. */
      readonly length: number;
      readonly size: number;
    }
  /** More of a payload whose beginning has been read. */
  | { readonly kind: 'rest'; readonly size: number };

/** Verbs as they are written, in capitals. */
const capitals = new Interner((text) => text.toUpperCase(), { capacity: 256, maxLength: 8 });
const NOTHING = new Uint8Array(0);
const bad = (fault: string, at: number): Parsed<NatsMessage> => ({ kind: 'bad', fault, at });

/** `left`: bytes left of a long payload. */
export function readMessage(side: Side, bytes: Uint8Array, offset: number, left: number): Parsed<NatsMessage> {
  const available = bytes.length - offset;
  if (left > 0) {
    const size = Math.min(available, left);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  const verb = verbAt(bytes, offset);
  if (verb === 'more') return { kind: 'more', atLeast: 1 };
  if (!verbs[side].has(verb)) return bad('unknown verb', offset);
  const most = verb === 'INFO' || verb === 'CONNECT' ? MAX_JSON_BYTES : MAX_LINE_BYTES;
  const lineEnd = bytes.indexOf(LF, offset);
  if (lineEnd < 0) return available > most ? bad('line too long', offset) : { kind: 'more', atLeast: 1 };
  if (lineEnd - offset > most) return bad('line too long', offset);
  const textEnd = bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
  const rest = textOf(bytes, offset + verb.length, textEnd).trim();
  const words = wordsOf(rest);
  const start = lineEnd + 1;
  if (!hasPayload(verb)) {
    const size = start - offset;
    const value = {
      kind: 'message',
      verb: verb as Verb,
      rest,
      words,
      content: NOTHING,
      headerBytes: 0,
      length: 0,
      size,
    } as const;
    return { kind: 'done', value, end: start };
  }
  const sizes = sizesIn(verb, words);
  if (sizes === undefined) return bad('implausible sizes', offset);
  const { length, headerBytes } = sizes;
  const whole = length > MAX_WHOLE_BYTES ? MAX_WHOLE_BYTES : length + 2;
  if (bytes.length < start + whole) return { kind: 'more', atLeast: start + whole - bytes.length };
  const end = start + whole;
  if (whole > length && (bytes[end - 2] !== CR || bytes[end - 1] !== LF))
    return bad('no line end after a payload', end - 2);
  const content = bytes.subarray(start, start + Math.min(whole, length));
  const size = end - offset;
  const value = { kind: 'message', verb: verb as Verb, rest, words, content, headerBytes, length, size } as const;
  return { kind: 'done', value, end };
}

const NOT_ASCII = /[\x80-\xff]/;

/** A line is ASCII, as a rule: reading it as latin1 takes a third of the time. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  const text = latin1(bytes, start, end);
  return NOT_ASCII.test(text) ? asBuffer(bytes.subarray(start, end)).toString('utf8') : text;
}

/** Words stand one space apart, as a rule. */
function wordsOf(line: string): readonly string[] {
  const words = line.split(' ');
  return words.includes('') || line.includes('\t') ? line.split(/[ \t]+/) : words;
}

const hasPayload = (verb: string): boolean => verb === 'PUB' || verb === 'MSG' || verb === 'HPUB' || verb === 'HMSG';

/** The verb in capitals; `more` while it may go on. Anything that is none is empty. */
function verbAt(bytes: Uint8Array, offset: number): string {
  const limit = Math.min(bytes.length, offset + 8);
  for (let at = offset; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x20 || byte === 9 || byte === CR || byte === LF) {
      return capitals.of(bytes, offset, at);
    }
  }
  return bytes.length < offset + 8 ? 'more' : '';
}

/** The sizes at the end of a line; undefined when they cannot be. */
function sizesIn(
  verb: string,
  words: readonly string[],
): { readonly length: number; readonly headerBytes: number } | undefined {
  const isHeadered = verb.startsWith('H');
  const length = numberIn(words.at(-1));
  const headerBytes = isHeadered ? numberIn(words.at(-2)) : 0;
  const least = (verb.endsWith('MSG') ? 3 : 2) + (isHeadered ? 1 : 0);
  if (words.length < least || words.length > least + 1) return undefined;
  if (length === undefined || headerBytes === undefined || headerBytes > length) return undefined;
  return { length, headerBytes };
}

function numberIn(word: string | undefined): number | undefined {
  if (word === undefined || !/^\d{1,8}$/.test(word)) return undefined;
  const number = Number(word);
  return number <= MAX_PAYLOAD_BYTES ? number : undefined;
}

/** What NATS alone says, by side; the size at the end tells a publication from words of other protocols. */
const telling: Readonly<Record<Side, RegExp>> = {
  client:
    /^(?:CONNECT\s+\{"|H?PUB\s+\S+(?:\s+\S+)?(?:\s+\d+){1,2}\r\n|SUB\s+\S+(?:\s+\S+)?\s+\S+\r\n|UNSUB\s+\S+(?:\s+\d+)?\r\n)/i,
  server: /^(?:INFO\s+\{"|H?MSG\s+\S+\s+\S+(?:\s+\S+)?(?:\s+\d+){1,2}\r\n)/i,
};
/** What others say too: the other side decides. */
const shared: Readonly<Record<Side, RegExp>> = {
  client: /^(?:PING|PONG)\r\n/i,
  server: /^(?:PING\r\n|PONG\r\n|\+OK\r\n|-ERR )/i,
};

/** Bytes in which a first line must have ended. */
const MAX_PROBED = 512;

const sampleAt = (bytes: Uint8Array, offset: number): string =>
  asBuffer(bytes.subarray(offset, offset + MAX_PROBED)).toString('latin1');

/** Does a message begin here, in a stream that is known to be NATS? */
export function resumesAt(bytes: Uint8Array, offset: number, side: Side): boolean {
  const sample = sampleAt(bytes, offset);
  return telling[side].test(sample) || shared[side].test(sample);
}

/** Is this the beginning of a side of NATS? */
export function startsWithMessage(bytes: Uint8Array, side: Side): 'yes' | 'no' | 'more' {
  const sample = sampleAt(bytes, 0);
  if (telling[side].test(sample)) return 'yes';
  if (shared[side].test(sample)) return 'more';
  if (sample.includes('\n') || sample.length >= MAX_PROBED) return 'no';
  const word = /^[+A-Za-z-]*/.exec(sample)?.[0].toUpperCase() ?? '';
  const isWhole = sample.length > word.length;
  const may = [...verbs[side]].some((verb) => (isWhole ? verb === word : verb.startsWith(word)));
  return may && /^[ -~\t\r]*$/.test(sample) ? 'more' : 'no';
}
