/** Four bytes at once. A view is made for each chunk, not for each look at it. */

/** Bytes looked at in turns: the chunk, what waits of a message, what was kept of another, what was unpacked. */
const KNOWN = 4;

let bytesOfView: Uint8Array = new Uint8Array(0);
let view = new DataView<ArrayBufferLike>(bytesOfView.buffer);
const knownBytes = new Array<Uint8Array>(KNOWN).fill(bytesOfView);
const knownViews = new Array<DataView<ArrayBufferLike>>(KNOWN).fill(view);
/** Whose place the next one takes. */
let oldest = 0;

/** Reads words of `bytes` at any offset. */
export function wordsOf(bytes: Uint8Array): DataView {
  return bytes === bytesOfView ? view : otherWordsOf(bytes);
}

/** Are these `length` bytes the same as those? */
export function areSame(some: Uint8Array, start: number, others: Uint8Array, from: number, length: number): boolean {
  let at = 0;
  if (length >= 4) {
    const words = wordsOf(some);
    const otherWords = wordsOf(others);
    for (; at <= length - 4; at += 4) if (words.getInt32(start + at) !== otherWords.getInt32(from + at)) return false;
  }
  for (; at < length; at++) if (some[start + at] !== others[from + at]) return false;
  return true;
}

function otherWordsOf(bytes: Uint8Array): DataView {
  let at = 0;
  while (at < KNOWN && knownBytes[at] !== bytes) at++;
  view = knownViews[at] ?? newView(bytes);
  bytesOfView = bytes;
  return view;
}

function newView(bytes: Uint8Array): DataView {
  const made = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  knownBytes[oldest] = bytes;
  knownViews[oldest] = made;
  oldest = (oldest + 1) % KNOWN;
  return made;
}
