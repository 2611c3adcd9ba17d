/** Where reading can go on after lost bytes: the next line that begins a message. */

import { asBuffer } from '../../decode/content.ts';

/** Where the next status line begins. */
export function nextResponse(bytes: Uint8Array, offset: number): number {
  const buffer = asBuffer(bytes);
  for (
    let at = buffer.indexOf('HTTP/1.', offset, 'latin1');
    at >= 0;
    at = buffer.indexOf('HTTP/1.', at + 1, 'latin1')
  ) {
    if (/^HTTP\/1\.[01] [1-9]\d\d[ \r\n]/.test(buffer.toString('latin1', at, at + 13))) return at;
  }
  return -1;
}

/** Longer request lines are not looked for. */
const MAX_REQUEST_LINE_BYTES = 2048;

/** Where the next request line begins. */
export function nextRequest(bytes: Uint8Array, offset: number): number {
  const buffer = asBuffer(bytes);
  for (
    let at = buffer.indexOf(' HTTP/1.', offset, 'latin1');
    at >= 0;
    at = buffer.indexOf(' HTTP/1.', at + 1, 'latin1')
  ) {
    const from = Math.max(offset, at - MAX_REQUEST_LINE_BYTES);
    const start = Math.max(from, buffer.lastIndexOf('\n', at, 'latin1') + 1);
    const line = /[A-Z][A-Z_-]{1,31} [^ ]+$/.exec(buffer.toString('latin1', start, at));
    if (line !== null) return start + line.index;
  }
  return -1;
}
