/** Texts and payloads written as JSON straight from their bytes. */

import type { PayloadFacts } from '../decode/payload.ts';
import { isTextual, textOf } from '../decode/text.ts';
import { type JsonWriter, piece } from './json-writer.ts';

/** A text as part of a string: for pieces that are put together. */
export const insideQuotes = (text: string): Uint8Array => piece(JSON.stringify(text).slice(1, -1));

/** A string out of UTF-8 bytes, bad sequences replaced. */
export function writeUtf8(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  const before = json.length;
  if (json.ascii(bytes, start, end)) return;
  json.length = before;
  json.text(Buffer.prototype.utf8Slice.call(bytes, start, end));
}

/** Where a payload lies. */
interface Place {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

const BODY = piece(',"body":{"size":');
const MIME = piece(',"mime":');
const TEXT = piece(',"text":');
const BASE64 = piece(',"base64":');
const TRUNCATED = piece(',"truncated":true');

/** The member `body`: what `plainPayload` makes of the bytes. There is a payload, so `size` is not 0. */
export function writeBody(
  json: JsonWriter,
  { bytes, from, to }: Place,
  { size, isCut, limit, mime = '' }: Omit<PayloadFacts, 'charset'>,
): void {
  json.copyOf(BODY);
  json.number(size);
  if (mime !== '') {
    json.copyOf(MIME);
    json.text(mime);
  }
  const end = Math.min(to, from + limit);
  if (end > from) writeShown(json, { bytes, from, to: end }, mime);
  if (isCut || end < to) json.copyOf(TRUNCATED);
  json.raw('}');
}

/** The same of a payload that is whole, shown whole, and of no declared type: `bytes[from, to)`. */
export function writeWholeBody(json: JsonWriter, bytes: Uint8Array, from: number, to: number): void {
  json.copyOf(BODY);
  json.number(to - from);
  const before = json.length;
  json.copyOf(TEXT);
  if (!json.plainText(bytes, from, to, false)) {
    json.length = before;
    writeShown(json, { bytes, from, to }, '');
  }
  json.raw('}');
}

function writeShown(json: JsonWriter, { bytes, from, to }: Place, mime: string): void {
  const before = json.length;
  json.copyOf(TEXT);
  if (json.plainText(bytes, from, to, mime !== '' && isTextual(mime))) return;
  json.length = before;
  const shown = bytes.subarray(from, to);
  const text = textOf(shown, { mime });
  json.copyOf(text === null ? BASE64 : TEXT);
  if (text === null) json.base64(shown);
  else json.text(text);
}
