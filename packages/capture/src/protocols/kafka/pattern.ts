/** Bytes that others are compared with, four at once. */

/** Shorter ones are compared byte by byte. */
const WORD_BYTES = 4;

export interface Pattern {
  readonly bytes: Uint8Array;
  /** The same as numbers, big-endian; the last covers some of the one before. None of what is shorter than a word. */
  readonly words: Int32Array;
}

export function patternOf(parts: readonly Uint8Array[]): Pattern {
  // A copy, also of a single part.
  const bytes = new Uint8Array(Buffer.concat(parts));
  const view = new DataView(bytes.buffer);
  const last = bytes.length - WORD_BYTES;
  const words = new Int32Array(last < 0 ? 0 : Math.ceil(bytes.length / WORD_BYTES));
  for (let i = 0; i < words.length; i++) words[i] = view.getInt32(Math.min(i * WORD_BYTES, last));
  return { bytes, words };
}
