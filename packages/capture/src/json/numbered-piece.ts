/**
 * Text with whole numbers in it that is written again and again while some of them change: what was written is kept, and a
 * number that has changed is written over where it stands. One copy of all of it costs what one of each part between them would.
 */

import { Buffer } from 'node:buffer';

const ZERO = 48;
/** Digits of the largest number that is exact. */
const MOST_DIGITS = 16;
/** Numbers below it have room in 32 bits. */
const SMALL = 1_000_000_000;

export class NumberedPiece {
  private readonly bytes: Buffer;
  private length = 0;
  private readonly values: Float64Array;
  private readonly widths: Uint8Array;
  private readonly least: readonly number[];
  /** Where each number ends. */
  private readonly ends: Int32Array;
  /** The text with its numbers; another object when it has become longer or shorter. */
  written: Uint8Array;

  /**
   * `texts` stand around the numbers, which are 0 at first: one more than there are numbers. `least`: digits that a number below a
   * billion has at least, with zeros before it.
   */
  constructor(texts: readonly Uint8Array[], least: readonly number[] = []) {
    const numbers = texts.length - 1;
    this.least = least;
    this.values = new Float64Array(numbers);
    this.widths = Uint8Array.from({ length: numbers }, (_, index) => least[index] ?? 1);
    this.ends = new Int32Array(numbers);
    const room = texts.reduce((sum, text) => sum + text.length + MOST_DIGITS, 0);
    // Of its own, and not of the 64 kB that Node's small buffers share: it is kept as long as what it is about.
    this.bytes = Buffer.from(new ArrayBuffer(room));
    for (const [index, text] of texts.entries()) {
      this.bytes.set(text, this.length);
      this.length += text.length;
      if (index === numbers) break;
      const end = this.length + (this.widths[index] ?? 1);
      this.bytes.fill(ZERO, this.length, end);
      this.ends[index] = end;
      this.length = end;
    }
    this.written = this.bytes.subarray(0, this.length);
  }

  /** `value`: whole, from 0 on, and exact. */
  set(index: number, value: number): void {
    if (this.values[index] === value) return;
    this.values[index] = value;
    if (value >= SMALL) return this.setLarge(index, value);
    const width = Math.max(digitsOf(value), this.least[index] ?? 1);
    if (width !== this.widths[index]) this.resize(index, width);
    const { bytes } = this;
    let rest = value | 0;
    let at = this.ends[index] ?? 0;
    for (const start = at - width; at > start; ) {
      const tens = (rest / 10) | 0;
      bytes[--at] = ZERO + rest - tens * 10;
      rest = tens;
    }
  }

  private setLarge(index: number, value: number): void {
    const text = String(value);
    if (text.length !== this.widths[index]) this.resize(index, text.length);
    this.bytes.write(text, (this.ends[index] ?? 0) - text.length, 'latin1');
  }

  /** What stands behind the number moves. */
  private resize(index: number, width: number): void {
    const { widths, ends } = this;
    const by = width - (widths[index] ?? 0);
    const end = ends[index] ?? 0;
    this.bytes.copyWithin(end + by, end, this.length);
    widths[index] = width;
    for (let later = index; later < ends.length; later++) ends[later] = (ends[later] ?? 0) + by;
    this.length += by;
    this.written = this.bytes.subarray(0, this.length);
  }
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; limit <= value; limit *= 10) digits++;
  return digits;
}
