/** What an entry begins with, its id and its time, as JSON: of both only the last digits change from one call to the next. */

import type { Micros } from '@kubeshark/model';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import { NumberedPiece } from '../json/numbered-piece.ts';

/** Agent numbers: the low 12 bits of an id. */
const AGENTS = 4096;
const MILLION = 1_000_000;
const LOW_DIGITS = 6;
const BILLION = 1_000_000_000;
const BILLION_DIGITS = 9;

const ID = piece('{"id":"');
const TIMESTAMP = piece('","timestamp":');
const NOTHING = piece('');

/** Of one engine. */
export class EntryHead {
  private readonly agentNumber: number;
  /** The id in three parts, the time in two. */
  private readonly numbered = new NumberedPiece(
    [ID, NOTHING, NOTHING, TIMESTAMP, NOTHING, NOTHING],
    [1, BILLION_DIGITS, LOW_DIGITS, 1, BILLION_DIGITS],
  );
  /** Of the id split last: what is above a million, and the six digits below. */
  private high = 0;
  private low = 0;
  private writtenHigh = 0;
  /** The last time that was a whole number of billions of microseconds. */
  private epoch = 0;

  constructor(agentNumber: number) {
    this.agentNumber = agentNumber;
  }

  /** The id of a call. */
  idText(completed: Micros): string {
    this.split(completed);
    const { high, low } = this;
    return high === 0 ? String(low) : `${high}${String(low).padStart(LOW_DIGITS, '0')}`;
  }

  /** Writes up to the time. */
  write(json: JsonWriter, completed: Micros, timestamp: Micros): void {
    this.split(completed);
    const { numbered, high } = this;
    // Times of clocks that were never set have fewer digits.
    if (high < BILLION || timestamp < BILLION) return this.writeShort(json, timestamp);
    if (high !== this.writtenHigh) {
      this.writtenHigh = high;
      const first = Math.floor(high / BILLION);
      numbered.set(0, first);
      numbered.set(1, high - first * BILLION);
    }
    numbered.set(2, this.low);
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

  /** 64 bits are more than a number holds exactly, and BigInt is slow: six decimals by themselves, what they carry to the rest. */
  private split(completed: Micros): void {
    const seconds = Math.floor(completed / MILLION);
    const low = (completed - seconds * MILLION) * AGENTS + this.agentNumber;
    const carried = Math.floor(low / MILLION);
    this.high = seconds * AGENTS + carried;
    this.low = low - carried * MILLION;
  }

  private writeShort(json: JsonWriter, timestamp: Micros): void {
    const { high, low } = this;
    json.copyOf(ID);
    if (high > 0) json.number(high);
    json.padded(low, high > 0 ? LOW_DIGITS : 1);
    json.copyOf(TIMESTAMP);
    json.number(timestamp);
  }
}
