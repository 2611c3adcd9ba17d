/**
 * The text protocol with meta commands: https://github.com/memcached/memcached/blob/master/doc/protocol.txt
 *
 *   set user:7 0 60 5\r\n         VALUE user:7 0 5\r\n
 *   hello\r\n                     hello\r\n
 */

import { latin1 } from '../../decode/interner.ts';
import type { Parsed, Side } from '../../dissect/dissector.ts';
import { MAX_WHOLE_BYTES, type MemcachedMessage, type Value } from './message.ts';

/** A get of many keys is the longest line: keys have 250 bytes, clients ask for some hundred at once. */
export const MAX_LINE_BYTES = 64 * 1024;
/** Keys kept of one command. */
export const MAX_KEYS = 256;
/** No server is built for larger items. */
const MAX_VALUE_BYTES = 1024 * 1024 * 1024;

const storing = new Set(['set', 'add', 'replace', 'append', 'prepend', 'cas']);
const reading = new Set(['get', 'gets']);
const touching = new Set(['gat', 'gats']);
const meta = new Set(['mg', 'ms', 'md', 'ma', 'me']);
const keyed = new Set(['delete', 'incr', 'decr', 'touch']);
const plain = new Set(
  'mn stats flush_all version verbosity quit cache_memlimit shutdown watch lru slabs lru_crawler misbehave refresh_certs extstore'.split(
    ' ',
  ),
);
const commands = new Set([storing, reading, touching, meta, keyed, plain].flatMap((words) => [...words]));
const isCommand = (word: string): boolean => commands.has(word);

/** First words of a reply; a number is one too. */
const replies = new Set(
  'VALUE END STORED NOT_STORED EXISTS NOT_FOUND DELETED TOUCHED OK STAT VERSION ERROR CLIENT_ERROR SERVER_ERROR RESET BUSY BADCLASS NOSPARE NOTFULL UNSAFE SAME VA HD EN NF NS EX MN ME'.split(
    ' ',
  ),
);
/** Of these and no other protocol. */
const telling = new Set('VALUE STORED NOT_STORED NOT_FOUND DELETED TOUCHED STAT VA HD EN NF NS MN END'.split(' '));

/** Replies whose words are flags. */
const flagged = new Set(['VA', 'HD', 'EN', 'NF', 'NS', 'EX']);
const NO_WORDS: readonly string[] = [];

interface Line {
  readonly words: readonly string[];
  readonly end: number;
}

/** A line without its end; words are separated by spaces. */
function lineAt(bytes: Uint8Array, offset: number): Line | 'more' | 'long' {
  const feed = bytes.indexOf(10, offset);
  if (feed < 0) return bytes.length - offset > MAX_LINE_BYTES ? 'long' : 'more';
  if (feed - offset > MAX_LINE_BYTES) return 'long';
  const end = bytes[feed - 1] === 13 && feed > offset ? feed - 1 : feed;
  const words = latin1(bytes, offset, end).split(' ');
  // Clients and servers write one space between words, as a rule.
  return { words: words.includes('') ? words.filter((word) => word !== '') : words, end: feed + 1 };
}

const NUMBER = /^\d{1,10}$/;
const sizeOf = (word: string | undefined): number | undefined =>
  word !== undefined && NUMBER.test(word) && Number(word) <= MAX_VALUE_BYTES ? Number(word) : undefined;

/** A value of `size` bytes and its line end: all of it, or the beginning when it is long; the bytes still wanted otherwise. */
function valueAt(bytes: Uint8Array, start: number, size: number): { value: Value; end: number; left: number } | number {
  const wanted = Math.min(size + 2, MAX_WHOLE_BYTES);
  if (start + wanted > bytes.length) return start + wanted - bytes.length;
  const end = start + wanted;
  return { value: { bytes, start, end: Math.min(end, start + size), size }, end, left: size + 2 - wanted };
}

export function readText(side: Side, bytes: Uint8Array, offset: number): Parsed<MemcachedMessage> {
  const line = lineAt(bytes, offset);
  if (line === 'more') return { kind: 'more', atLeast: 1 };
  if (line === 'long') return { kind: 'bad', fault: 'line too long', at: offset };
  return side === 'client' ? readCommand(bytes, offset, line) : readReply(bytes, offset, line);
}

function readCommand(bytes: Uint8Array, offset: number, { words, end: lineEnd }: Line): Parsed<MemcachedMessage> {
  const [name = '', ...rest] = words;
  if (!isCommand(name)) return { kind: 'bad', fault: 'unknown command', at: offset };
  const size = name === 'ms' ? sizeOf(rest[1]) : storing.has(name) ? sizeOf(rest[3]) : undefined;
  // Without a size the server refuses the line, and takes what follows for the next one.
  const found = size === undefined ? undefined : valueAt(bytes, lineEnd, size);
  if (typeof found === 'number') return { kind: 'more', atLeast: found };
  const end = found?.end ?? lineEnd;
  const { keys, args } = wordsOf(name, rest);
  const isMeta = meta.has(name);
  const flags = isMeta ? args : NO_WORDS;
  const value: MemcachedMessage = {
    kind: 'command',
    name,
    keys,
    args: args.filter((word) => word !== 'noreply'),
    value: found?.value,
    isSilent: name === 'quit' || (!isMeta && args.at(-1) === 'noreply'),
    isQuiet: flags.includes('q'),
    opaque: flags.find((flag) => flag.startsWith('O')),
    left: found?.left ?? 0,
    size: end - offset,
  };
  return { kind: 'done', value, end };
}

/** Which words are keys. */
function wordsOf(name: string, rest: readonly string[]): { keys: readonly string[]; args: readonly string[] } {
  if (reading.has(name)) return { keys: rest.slice(0, MAX_KEYS), args: [] };
  if (touching.has(name)) return { keys: rest.slice(1, MAX_KEYS + 1), args: rest.slice(0, 1) };
  if (plain.has(name)) return { keys: [], args: rest };
  return { keys: rest.slice(0, 1), args: rest.slice(1) };
}

function readReply(bytes: Uint8Array, offset: number, { words, end: lineEnd }: Line): Parsed<MemcachedMessage> {
  const [word = '', ...rest] = words;
  const size = word === 'VALUE' ? sizeOf(rest[2]) : word === 'VA' ? sizeOf(rest[0]) : undefined;
  if (size === undefined && (word === 'VALUE' || word === 'VA'))
    return { kind: 'bad', fault: 'a value without its size', at: offset };
  const found = size === undefined ? undefined : valueAt(bytes, lineEnd, size);
  if (typeof found === 'number') return { kind: 'more', atLeast: found };
  const end = found?.end ?? lineEnd;
  const flags = flagged.has(word) ? rest : NO_WORDS;
  const value: MemcachedMessage = {
    kind: 'reply',
    word: NUMBER.test(word) ? 'NUMBER' : word,
    text: NUMBER.test(word) ? word : rest.join(' '),
    key: word === 'VALUE' ? rest[0] : undefined,
    value: found?.value,
    opaque: flags.find((flag) => flag.startsWith('O')),
    // Lines that no reply begins with are those of a dump or a log.
    isPart: word === 'VALUE' || word === 'STAT' || !(replies.has(word) || /^\d+$/.test(word)),
    left: found?.left ?? 0,
    size: end - offset,
  };
  return { kind: 'done', value, end };
}

/** Does a line of this side begin here? Words that other protocols have too are left to what the other side says. */
export function startsWithLine(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const feed = bytes.indexOf(10, offset);
  const text = latin1(bytes, offset, Math.min(feed < 0 ? bytes.length : feed, offset + MAX_LINE_BYTES));
  if (!/^[\x20-\x7e\x80-\xff]*\r?$/.test(text)) return 'no';
  const words = text.trimEnd().split(' ');
  const [word = ''] = words;
  if (feed < 0) return /^[a-zA-Z_\d]*$/.test(word) && text.length < 2048 ? 'more' : 'no';
  if (side === 'server') return telling.has(word) ? 'yes' : replies.has(word) || /^\d+$/.test(word) ? 'more' : 'no';
  if (!isCommand(word)) return 'no';
  if (storing.has(word)) return words.length >= 5 && [2, 4].every((at) => /^\d+$/.test(words[at] ?? '')) ? 'yes' : 'no';
  if (word === 'ms') return words.length >= 3 && /^\d+$/.test(words[2] ?? '') ? 'yes' : 'no';
  return 'more';
}
