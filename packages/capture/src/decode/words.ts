/** Four bytes at once. A view is made for each chunk, not for each look at it. */

/** Of the bytes looked at last: nearly always the same chunk. */
let bytesOfView: Uint8Array = new Uint8Array(0);
let view = new DataView<ArrayBufferLike>(bytesOfView.buffer);

/** Reads words of `bytes` at any offset. */
export function wordsOf(bytes: Uint8Array): DataView {
  if (bytes !== bytesOfView) {
    bytesOfView = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return view;
}
