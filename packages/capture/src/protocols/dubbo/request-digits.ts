/** Digits of 64-bit numbers that count up, as those of requests do: only the last nine of them are made each time. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { requestIdOf } from './describe.ts';

const TAIL = 9;
const BILLION = 1e9;

export class RequestDigits {
  private high = 0;
  private low = 0;
  /** Of the number with these halves: the digits before the last nine, and the last nine. */
  private head = piece('');
  private tail = 0;

  write(json: JsonWriter, high: number, low: number): void {
    const ahead = (low >>> 0) - (this.low >>> 0);
    if (high !== this.high || ahead < 0 || this.tail + ahead >= BILLION) {
      this.begin(high, low);
      return this.write(json, high, low);
    }
    json.copyOf(this.head);
    json.padded(this.tail + ahead, this.head.length > 0 ? TAIL : 1);
  }

  private begin(high: number, low: number): void {
    const digits = requestIdOf(high, low);
    this.high = high;
    this.low = low;
    this.head = piece(digits.slice(0, -TAIL));
    this.tail = Number(digits.slice(-TAIL));
  }
}
