/** A command as a person would type it, written from its bytes; where its words came to stand, they can be copied from. */

import { isAscii } from 'node:buffer';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { MAX_SUMMARY } from './describe.ts';
import { headAt } from './frames.ts';

/** Words whose place is noted: the name, a key, and what most commands have beside. */
const MAX_NOTED = 8;
const CRLF_BYTES = 2;
const SPACE = 0x20;
const DELETE = 0x7f;
const NOT_ASCII = 0x80;
const CUT = piece('…"');

/** 0 for bytes of words that need no quotes and no escapes. */
const bare = new Uint8Array(256).fill(1, 0, SPACE + 1).fill(1, DELETE);
/** 0 for bytes that stand for themselves between quotes. */
const quotable = new Uint8Array(256).fill(1, 0, SPACE).fill(1, DELETE);
for (const character of `"'\\`) bare[character.charCodeAt(0)] = 1;
for (const character of '"\\') quotable[character.charCodeAt(0)] = 1;
/** Each ASCII character between quotes: as `JSON.stringify` escapes it. */
const escaped = Array.from({ length: NOT_ASCII }, (_, code) => JSON.stringify(String.fromCharCode(code)).slice(1, -1));

/** A command from its `*` on, and how many words it has. */
interface Words {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly count: number;
}

export class WrittenLine {
  /** Where each of the first words stands in what was written. */
  private readonly starts = new Int32Array(MAX_NOTED);
  private readonly ends = new Int32Array(MAX_NOTED);
  /** So many of the first words stand there as they are: bare, and not cut. */
  private noted = 0;
  private json: JsonWriter | null = null;
  /** Characters the line still has room for; negative once it is cut. */
  private left = 0;

  /** So many of the first words can be written again. */
  notedIn(json: JsonWriter): number {
    return json === this.json ? this.noted : 0;
  }

  forget(): void {
    this.noted = 0;
  }

  /** Writes the line as a string; false for words that are not ASCII, of which only their text tells. */
  write(json: JsonWriter, { bytes, start, count }: Words): boolean {
    this.json = json;
    this.noted = 0;
    this.left = MAX_SUMMARY;
    json.raw('"');
    for (let at = headAt(bytes, start).end, i = 0; i < count; i++) {
      const { length, end } = headAt(bytes, at);
      if (i > 0 && this.left-- > 0) json.raw(' ');
      if (!this.writeBare(json, bytes, { start: end, length, index: i })) {
        if (!this.writeQuoted(json, bytes, end, length)) return false;
      }
      if (this.left < 0) {
        json.copyOf(CUT);
        return true;
      }
      at = end + length + CRLF_BYTES;
    }
    json.raw('"');
    return true;
  }

  /** Writes one of the noted words again. */
  writeAgain(json: JsonWriter, index: number): void {
    json.again(this.starts[index] ?? 0, this.ends[index] ?? 0);
  }

  /** Takes back what it wrote, and answers false, when the word is to be quoted. */
  private writeBare(json: JsonWriter, bytes: Uint8Array, { start, length, index }: Word): boolean {
    const from = json.length;
    // Words are quoted for what is in their first characters, shown or not.
    const judged = Math.min(length, MAX_SUMMARY);
    if (length === 0 || json.plainPart(bytes, start, start + judged, bare) < start + judged) {
      json.length = from;
      return false;
    }
    this.left -= judged;
    if (this.left < 0) json.length = Math.max(from, json.length + this.left);
    else if (index === this.noted && index < MAX_NOTED && judged === length) {
      this.starts[index] = from;
      this.ends[index] = json.length;
      this.noted++;
    }
    return true;
  }

  /** Quotes and escapes are characters of the line, which is escaped itself. */
  private writeQuoted(json: JsonWriter, bytes: Uint8Array, start: number, length: number): boolean {
    if (!isAscii(bytes.subarray(start, start + length))) return false;
    const end = start + Math.min(length, MAX_SUMMARY);
    const isQuoted = length === 0 || needsQuotes(bytes, start, end);
    if (isQuoted) this.character(json, '\\"');
    for (let at = start; at < end && this.left >= 0; ) {
      const stop = json.plainPart(bytes, at, Math.min(end, at + this.left), quotable);
      this.left -= stop - at;
      at = stop;
      if (at === end) break;
      // The character that cuts the line is not shown.
      if (this.left === 0) this.left = -1;
      else this.special(json, bytes[at++] ?? 0, isQuoted);
    }
    if (isQuoted) this.character(json, '\\"');
    return true;
  }

  /** A character that is escaped, between quotes twice. */
  private special(json: JsonWriter, code: number, isQuoted: boolean): void {
    const once = escaped[code] ?? '';
    if (!isQuoted) return this.character(json, once);
    for (const character of once)
      this.character(json, character === '"' || character === '\\' ? `\\${character}` : character);
  }

  /** One character as it is written in a string. */
  private character(json: JsonWriter, written: string): void {
    if (this.left > 0) json.raw(written);
    if (this.left >= 0) this.left--;
  }
}

/** One word behind its head. */
interface Word {
  readonly start: number;
  readonly length: number;
  /** Which one it is, the name is 0. */
  readonly index: number;
}

/** Has it white space or quotes? */
function needsQuotes(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const isWhite = byte === SPACE || (byte >= 9 && byte <= 13);
    if (isWhite || byte === 0x22 || byte === 0x27) return true;
  }
  return false;
}
