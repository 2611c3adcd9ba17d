/** Whether a field name that framing needs stands somewhere, in any case: four letters at once, since every head is asked. */

import { keptBytes } from '../decode/slab.ts';
import { wordsOf } from '../decode/words.ts';

const COLON = 58;
const LETTER_A = 97;
const LETTER_Z = 122;
/** Makes an upper-case letter lower, and nothing else into a lower-case letter. */
const LOWER = 0x20;

export class KnownName {
  readonly length: number;
  /** The name in lower case, and the bits that make its letters so. */
  private readonly words: Int32Array;
  private readonly folds: Int32Array;
  /** What is left of it behind the last whole word. */
  private readonly rest: Uint8Array;
  private readonly restFolds: Uint8Array;

  /** In lower case. */
  constructor(name: string) {
    const bytes = keptBytes(name);
    const folds = Buffer.from(bytes.map((byte) => (byte >= LETTER_A && byte <= LETTER_Z ? LOWER : 0)));
    const whole = name.length >> 2;
    const wordsIn = (from: Buffer) => Int32Array.from({ length: whole }, (_, i) => from.readInt32LE(4 * i));
    this.length = name.length;
    this.words = wordsIn(bytes);
    this.folds = wordsIn(folds);
    this.rest = bytes.subarray(4 * whole);
    this.restFolds = folds.subarray(4 * whole);
  }

  /** Whether the name and a colon begin at `at`. */
  isAt(bytes: Uint8Array, at: number): boolean {
    if (bytes[at + this.length] !== COLON) return false;
    const { words, folds, rest, restFolds } = this;
    const view = wordsOf(bytes);
    for (let i = 0; i < words.length; i++) {
      if ((view.getInt32(at + 4 * i, true) | (folds[i] ?? 0)) !== words[i]) return false;
    }
    const from = at + 4 * words.length;
    for (let i = 0; i < rest.length; i++) if (((bytes[from + i] ?? 0) | (restFolds[i] ?? 0)) !== rest[i]) return false;
    return true;
  }
}
