/** A payload that came whole, written as `plainPayload` shows it. */

import { plainPayload } from '../decode/payload.ts';
import { isBinary } from '../decode/text.ts';
import { type JsonWriter, piece } from './json-writer.ts';

const SIZE = piece('{"size":');
const TEXT = piece(',"text":');
const BASE64 = piece(',"base64":');

/** An object with `bytes[start, end)`, of which all may be shown; nothing at all is no payload, and not to be written. */
export function writePayload(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  const size = end - start;
  const payload = bytes.subarray(start, end);
  const from = json.length;
  json.copyOf(SIZE);
  json.number(size);
  if (isBinary(payload)) {
    json.copyOf(BASE64);
    json.base64(payload);
    return json.raw('}');
  }
  json.copyOf(TEXT);
  if (json.ascii(bytes, start, end)) return json.raw('}');
  json.length = from;
  json.stringified(plainPayload(payload, { size, isCut: false, limit: size }));
}
