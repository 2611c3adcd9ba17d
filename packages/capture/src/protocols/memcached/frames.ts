/**
 * The usual commands and replies of the text protocol that are wholly here, found without splitting their lines: one key, words
 * of ASCII with one space between them. Whatever is else is left to text.ts.
 *
 *   set user:7 0 60 5\r\n         VALUE user:7 0 5\r\n
 *   hello\r\n                     hello\r\n
 *                                 END\r\n
 */

import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { piece } from '../../json/json-writer.ts';

const CR = 13;
const LF = 10;
const SPACE = 0x20;
const DELETE = 0x7f;
const DIGIT_ZERO = 0x30;
const LOWER_N = 0x6e;
/** Longer lines are cut in a summary. */
const MAX_LINE_BYTES = 180;
/** `cas`: a name, key, flags, expiry, size and number. */
const MAX_WORDS = 6;
const MAX_DIGITS = 9;

/** Words behind the name, by command; `set` and its like have a value behind the line. */
const wordCounts: Readonly<Record<string, number>> = {
  get: 1,
  gets: 1,
  set: 4,
  add: 4,
  replace: 4,
  append: 4,
  prepend: 4,
  cas: 5,
  delete: 1,
  incr: 2,
  decr: 2,
  touch: 2,
};
const STORED_WORDS = 4;
/** Which word behind the name is the size. */
const SIZE_WORD = 4;

export interface CommandFacts {
  readonly name: string;
  /** Words behind the name; 0 for commands that are not usual. */
  readonly words: number;
  readonly isRead: boolean;
  readonly hasValue: boolean;
  /** Before the folded key. */
  readonly endpointPrefix: Uint8Array;
  /** How a summary begins, and the call's own values do. */
  readonly summary: Uint8Array;
  readonly data: Uint8Array;
}

function factsOf(name: string): CommandFacts {
  const words = Object.hasOwn(wordCounts, name) ? (wordCounts[name] ?? 0) : 0;
  return {
    name,
    words,
    isRead: words > 0 && name.startsWith('get'),
    hasValue: words >= STORED_WORDS,
    endpointPrefix: piece(`${name} `),
    summary: piece(`"${name} `),
    data: piece(`,"memcached":{"command":${JSON.stringify(name)},"key":[`),
  };
}

export const NO_FACTS = factsOf('');
const commands = new ByteInterner((bytes, start, end) => factsOf(latin1(bytes, start, end)));

/** A command with where its parts stand. */
export class CommandFrame {
  facts = NO_FACTS;
  end = 0;
  /** Where each word behind the name begins and ends, in pairs; the key is the first. */
  readonly words = new Int32Array(2 * MAX_WORDS);
  valueStart = 0;
  valueEnd = 0;

  /** Fills in the command at `at`; false when it is not usual, or not all here. */
  read(bytes: Uint8Array, at: number, limit: number): boolean {
    const nameEnd = wordEnd(bytes, at, limit);
    const facts = commands.of(bytes, at, nameEnd);
    if (facts.words === 0) return false;
    let next = nameEnd;
    for (let i = 0; i < facts.words; i++) {
      this.words[2 * i] = next + 1;
      next = wordBehind(bytes, next, limit);
      if (next === 0) return false;
      this.words[2 * i + 1] = next;
    }
    if (!isLineEnd(bytes, next, limit) || next - at > MAX_LINE_BYTES) return false;
    // `noreply`, perhaps.
    if (facts.words > 1 && bytes[this.words[2 * facts.words - 2] ?? 0] === LOWER_N) return false;
    this.facts = facts;
    this.end = next + 2;
    this.valueStart = this.end;
    this.valueEnd = this.end;
    return !facts.hasValue || this.readValue(bytes, limit);
  }

  private readValue(bytes: Uint8Array, limit: number): boolean {
    const at = 2 * (SIZE_WORD - 1);
    const size = numberIn(bytes, this.words[at] ?? 0, this.words[at + 1] ?? 0);
    const end = this.end + size;
    if (size < 0 || !isLineEnd(bytes, end, limit)) return false;
    this.valueEnd = end;
    this.end = end + 2;
    return true;
  }
}

/** A whole reply. */
export class ReplyFrame {
  end = 0;
  /** The last line's word. */
  wordStart = 0;
  wordEnd = 0;
  /** The value, where there is one; `hasValue` of an empty one, too. */
  hasValue = false;
  valueStart = 0;
  valueEnd = 0;

  /** Fills in the reply to a read, or to another command; false when it is not usual, or not all here. */
  read(bytes: Uint8Array, at: number, limit: number, isRead: boolean): boolean {
    this.hasValue = false;
    let start = at;
    if (isRead && wordEnd(bytes, at, limit) - at === VALUE.length && isWord(bytes, at, VALUE)) {
      start = this.readValue(bytes, at, limit);
      if (start === 0) return false;
    }
    const end = wordEnd(bytes, start, limit);
    if (!isLineEnd(bytes, end, limit)) return false;
    this.wordStart = start;
    this.wordEnd = end;
    this.end = end + 2;
    if (isRead) return end - start === END.length && isWord(bytes, start, END);
    return usualReplies.of(bytes, start, end);
  }

  /** `VALUE key flags size` and what follows, or with a number behind it; where the next line begins, 0 when it is not so. */
  private readValue(bytes: Uint8Array, at: number, limit: number): number {
    let next = wordBehind(bytes, at + VALUE.length, limit);
    if (next > 0) next = wordBehind(bytes, next, limit);
    const sizeStart = next + 1;
    if (next > 0) next = wordBehind(bytes, next, limit);
    const size = next > 0 ? numberIn(bytes, sizeStart, next) : -1;
    if (size < 0) return 0;
    if (bytes[next] === SPACE) next = wordBehind(bytes, next, limit);
    if (next === 0 || !isLineEnd(bytes, next, limit)) return 0;
    const end = next + 2 + size;
    if (!isLineEnd(bytes, end, limit)) return 0;
    this.hasValue = true;
    this.valueStart = next + 2;
    this.valueEnd = end;
    return end + 2;
  }
}

const VALUE = piece('VALUE');
const END = piece('END');
const NUMBER = /^\d{1,9}$/;
const words = new Set('STORED NOT_STORED EXISTS NOT_FOUND DELETED TOUCHED OK'.split(' '));
/** Replies that only say how it went, one word or a number. */
const usualReplies = new ByteInterner((bytes, start, end) => {
  const word = latin1(bytes, start, end);
  return words.has(word) || NUMBER.test(word);
});

/** Where the word at `start` ends. */
function wordEnd(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  for (; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    if (byte <= SPACE || byte >= DELETE) break;
  }
  return at;
}

/** Where the word behind the space at `space` ends; 0 when there is none. */
function wordBehind(bytes: Uint8Array, space: number, limit: number): number {
  if (bytes[space] !== SPACE) return 0;
  const end = wordEnd(bytes, space + 1, limit);
  return end > space + 1 ? end : 0;
}

const isLineEnd = (bytes: Uint8Array, at: number, limit: number): boolean =>
  at + 2 <= limit && bytes[at] === CR && bytes[at + 1] === LF;

function isWord(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/** -1 for what is no number. */
function numberIn(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > MAX_DIGITS) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}
