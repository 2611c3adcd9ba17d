/** What an entry begins with, its id and its time, as JSON: of both only the last digits change from one call to the next. */

import { type JsonWriter, piece } from '../json/json-writer.ts';
import { NumberedPiece } from '../json/numbered-piece.ts';

/** An id in decimal: what is above a million, and six digits. */
export interface IdParts {
  readonly high: number;
  readonly low: number;
}

const LOW_DIGITS = 6;
const BILLION = 1_000_000_000;
const BILLION_DIGITS = 9;

const ID = piece('{"id":"');
const TIMESTAMP = piece('","timestamp":');
const NOTHING = piece('');

export const idText = ({ high, low }: IdParts): string =>
  high === 0 ? String(low) : `${high}${String(low).padStart(LOW_DIGITS, '0')}`;

/** Of one engine. */
export class EntryHead {
  /** The id in three parts, the time in two. */
  private readonly numbered = new NumberedPiece(
    [ID, NOTHING, NOTHING, TIMESTAMP, NOTHING, NOTHING],
    [1, BILLION_DIGITS, LOW_DIGITS, 1, BILLION_DIGITS],
  );
  private high = 0;
  /** The last time that was a whole number of billions of microseconds. */
  private epoch = 0;

  /** Writes up to the time. */
  write(json: JsonWriter, id: IdParts, timestamp: number): void {
    const { high, low } = id;
    // Times of clocks that were never set have fewer digits.
    if (high < BILLION || timestamp < BILLION) return writeShort(json, id, timestamp);
    const { numbered } = this;
    if (high !== this.high) {
      this.high = high;
      const first = Math.floor(high / BILLION);
      numbered.set(0, first);
      numbered.set(1, high - first * BILLION);
    }
    numbered.set(2, low);
    let since = timestamp - this.epoch;
    if (since < 0 || since >= BILLION) {
      const first = Math.floor(timestamp / BILLION);
      this.epoch = first * BILLION;
      numbered.set(3, first);
      since = timestamp - this.epoch;
    }
    numbered.set(4, since);
    json.copyOf(numbered.written);
  }
}

function writeShort(json: JsonWriter, { high, low }: IdParts, timestamp: number): void {
  json.copyOf(ID);
  if (high > 0) json.number(high);
  json.padded(low, high > 0 ? LOW_DIGITS : 1);
  json.copyOf(TIMESTAMP);
  json.number(timestamp);
}
