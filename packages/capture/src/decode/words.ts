/** Four bytes at once. A view is made for each chunk, not for each look at it. */

/** Of the bytes looked at last, and of those before: nearly always the same chunk, or one and what was kept of another. */
let bytesOfView: Uint8Array = new Uint8Array(0);
let view = new DataView<ArrayBufferLike>(bytesOfView.buffer);
let otherBytes = bytesOfView;
let otherView = view;

/** Reads words of `bytes` at any offset. */
export function wordsOf(bytes: Uint8Array): DataView {
  return bytes === bytesOfView ? view : otherWordsOf(bytes);
}

function otherWordsOf(bytes: Uint8Array): DataView {
  const known = bytes === otherBytes ? otherView : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  otherBytes = bytesOfView;
  otherView = view;
  bytesOfView = bytes;
  view = known;
  return known;
}
