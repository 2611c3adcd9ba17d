/**
 * Messages without headers that are wholly here, found without splitting their lines: words of ASCII with one space between them.
 * Whatever is else is left to wire.ts.
 *
 *   PUB orders.new [_INBOX.a1] 5 CRLF hello CRLF          MSG orders.new 9 [_INBOX.a1] 5 CRLF hello CRLF
 */

import { wordsOf } from '../../decode/words.ts';
import type { Side } from '../../dissect/dissector.ts';
import { type About, aboutAt, type PlainVerb } from './subjects.ts';
import { MAX_WHOLE_BYTES } from './wire.ts';

const CR = 13;
const LF = 10;
const SPACE = 0x20;
const DELETE = 0x7f;
/** What finds, in four bytes, one that is no letter of a word: below `!`, DELETE, or not ASCII. */
const FIRST_OF_WORD = 0x21212121;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;
const DIGIT_ZERO = 0x30;
const MAX_DIGITS = 7;
/** Longer lines are cut in a summary. */
const MAX_LINE_BYTES = 160;
/** Subject, id of the subscription, subject of the reply, size. */
const MAX_WORDS = 4;
const [P, U, B, M, S, G] = Array.from('PUBMSG', (letter) => letter.charCodeAt(0));

export class MessageFrame {
  verb: PlainVerb = 'PUB';
  about: About | null = null;
  subjectStart = 0;
  subjectEnd = 0;
  sidStart = 0;
  sidEnd = 0;
  /** Without a subject to reply to, both are the same. */
  replyStart = 0;
  replyEnd = 0;
  contentStart = 0;
  contentEnd = 0;
  end = 0;
  /** Where each word behind the verb begins and ends. */
  private readonly words = new Int32Array(2 * MAX_WORDS);

  /** Fills in the message at `at`; false when it is not usual, or not all here. */
  read(side: Side, bytes: Uint8Array, at: number, limit: number): boolean {
    if (at + 4 > limit || bytes[at + 3] !== SPACE) return false;
    const isPublished = side === 'client';
    if (isPublished ? !isPub(bytes, at) : !isMsg(bytes, at)) return false;
    const { words } = this;
    let count = 0;
    let next = at + 3;
    for (; bytes[next] === SPACE && count < MAX_WORDS; count++) {
      const start = next + 1;
      next = wordEnd(bytes, start, limit);
      if (next === start) return false;
      words[2 * count] = start;
      words[2 * count + 1] = next;
    }
    const least = isPublished ? 2 : 3;
    if (count < least || count > least + 1 || next - at > MAX_LINE_BYTES || !isLineEnd(bytes, next, limit))
      return false;
    const size = numberIn(bytes, words[2 * count - 2] ?? 0, words[2 * count - 1] ?? 0);
    const start = next + 2;
    if (size < 0 || size > MAX_WHOLE_BYTES || !isLineEnd(bytes, start + size, limit)) return false;
    this.verb = isPublished ? 'PUB' : 'MSG';
    this.subjectStart = words[0] ?? 0;
    this.subjectEnd = words[1] ?? 0;
    this.about = aboutAt(this.verb, bytes, this.subjectStart, this.subjectEnd);
    this.sidStart = isPublished ? 0 : (words[2] ?? 0);
    this.sidEnd = isPublished ? 0 : (words[3] ?? 0);
    this.replyStart = count === least ? 0 : (words[2 * count - 4] ?? 0);
    this.replyEnd = count === least ? 0 : (words[2 * count - 3] ?? 0);
    this.contentStart = start;
    this.contentEnd = start + size;
    this.end = start + size + 2;
    return true;
  }
}

const isPub = (bytes: Uint8Array, at: number): boolean => bytes[at] === P && bytes[at + 1] === U && bytes[at + 2] === B;
const isMsg = (bytes: Uint8Array, at: number): boolean => bytes[at] === M && bytes[at + 1] === S && bytes[at + 2] === G;

/** Where the word at `start` ends. Four bytes at once as long as all of them are its. */
function wordEnd(bytes: Uint8Array, start: number, limit: number): number {
  const words = wordsOf(bytes);
  let at = start;
  for (; at <= limit - 4; at += 4) {
    const four = words.getInt32(at, true);
    if ((((four - FIRST_OF_WORD) | (four + ONES) | four) & HIGH_BITS) !== 0) break;
  }
  for (; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    if (byte <= SPACE || byte >= DELETE) break;
  }
  return at;
}

const isLineEnd = (bytes: Uint8Array, at: number, limit: number): boolean =>
  at + 2 <= limit && bytes[at] === CR && bytes[at + 1] === LF;

/** -1 for what is no number. */
function numberIn(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_DIGITS) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value;
}
