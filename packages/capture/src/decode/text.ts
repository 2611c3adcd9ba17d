/** Is it text, and which? Decides how a body is shown. */

import { isAscii, isUtf8 } from 'node:buffer';
import { latin1 } from './interner.ts';

const TEXTUAL =
  /^(text\/.*|.*\+(json|xml)|application\/(json|xml|javascript|ecmascript|graphql|x-www-form-urlencoded|x-ndjson|yaml|x-yaml|toml|sql|xhtml.*))$/;
/** Control characters that text does not have; tab, line feed, form feed, carriage return and escape may occur. */
const isBinaryByte = (byte: number) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b;
/** Looking further costs more than a wrong guess. */
const SAMPLE_BYTES = 2048;
const LONGEST_UTF8 = 4;
const utf8 = new TextDecoder();
/** What browsers take latin1 to be (WHATWG Encoding). */
const windows1252 = new TextDecoder('windows-1252');

export interface TextHints {
  readonly mime?: string;
  readonly charset?: string;
}

/** Media types are few; full, the memory starts afresh. */
const MAX_TYPES = 256;
const textual = new Map<string, boolean>();

/** Whether a media type says that its content is text. */
export function isTextual(mime: string): boolean {
  let answer = textual.get(mime);
  if (answer === undefined) {
    answer = TEXTUAL.test(mime);
    if (textual.size >= MAX_TYPES) textual.clear();
    textual.set(mime, answer);
  }
  return answer;
}

/** Whether bytes whose type does not say that they are text are none, as far as that is looked at. */
export function isBinary(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, SAMPLE_BYTES);
  for (let at = 0; at < end; at++) if (isBinaryByte(bytes[at] ?? 0)) return true;
  return false;
}

/** The text of `bytes`, null when they are not text. A character cut at the end is left out. */
export function textOf(bytes: Uint8Array, hints: TextHints = {}): string | null {
  const { mime = '', charset } = hints;
  const declared = isTextual(mime);
  if (!declared && isBinary(bytes)) return null;
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    try {
      return new TextDecoder(charset).decode(bytes);
    } catch {
      // A charset nobody knows: what follows is the best guess.
    }
  }
  if (isAscii(bytes)) return latin1(bytes, 0, bytes.length);
  const whole = bytes.subarray(0, endOfWholeCharacters(bytes));
  if (isUtf8(whole)) return utf8.decode(whole);
  return declared ? windows1252.decode(bytes) : null;
}

/** Where the last UTF-8 character that is there completely ends. */
function endOfWholeCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= LONGEST_UTF8 && back <= length; back++) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) return length;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < needed ? length - back : length;
  }
  return length;
}
