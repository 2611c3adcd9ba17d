/**
 * A document as programs send it again and again: the same members in the same order, most with the same values. What stands
 * between the values that differ is compared word by word; where those stand follows from it.
 */

import { type BsonMark, MAX_MARK_DEPTH, Mark, type MarkPlace } from './bson-marks.ts';
import { BsonType, lengthAt } from './bson-types.ts';
import { le32 } from './little-endian.ts';
import { wordsOf } from './words.ts';

/** What whoever reads documents wishes of a member's value: nothing, something of these, or to be told where it stands, by a number. */
export const Wish = {
  /** All documents of a form have the same. */
  same: -1,
  /** A document that has it has no form. */
  none: -2,
} as const;
/** The highest number by which places are told. */
const MAX_TOLD = 3;

/** Where the values stand that are told, of the document that was found to have a form last. */
const toldPlaces = new Int32Array(MAX_TOLD + 1);

/** Bytes of all values of a kind; those of others say themselves how long they are. */
const widths: ReadonlyMap<number, number> = new Map([
  [BsonType.double, 8],
  [BsonType.date, 8],
  [BsonType.timestamp, 8],
  [BsonType.int64, 8],
  [BsonType.int32, 4],
  [BsonType.boolean, 1],
  [BsonType.objectId, 12],
  [BsonType.decimal128, 16],
  [Mark.uuid, 16],
]);
const ANY_WIDTH = -1;
/** Of a document: it counts itself. */
const LENGTH_BYTES = 4;
/** Longer values are seldom the same. */
export const MAX_KEPT_BYTES = 64;

/** Bytes that are compared, and what stands behind them. */
interface Step {
  /** Where they are kept. */
  readonly from: number;
  readonly to: number;
  readonly stop: number;
  readonly width: number;
  /** The number by which the place of the value behind them is told; 0 for none. */
  readonly told: number;
}

/** A value that differs from one document to the next. */
export interface BsonHole<Place> {
  readonly mark: BsonMark<Place>;
  readonly width: number;
  /** Bytes between the value before it, or where the document begins, and its own. */
  readonly gap: number;
}

/** What is written of a form. */
export interface FormJson {
  /** What stands before each hole, and behind the last without the brace that ends all. */
  readonly pieces: readonly Uint8Array[];
  /** Values in the document; those inside of holes are not counted. */
  readonly values: number;
  /** Members of the outermost document with a role: where their values begin and end, as a piece and an offset in it. */
  readonly roles: readonly RoleJson[];
  /** Something of it cannot be written. */
  readonly isRefused: boolean;
}
export interface RoleJson {
  readonly role: number;
  readonly piece: number;
  readonly offset: number;
  lastPiece: number;
  lastOffset: number;
}

/** A document in bytes: `bytes[start, end)`. */
export interface BsonRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Ends of the documents that are being compared, one inside of the other. */
const ends = new Int32Array(MAX_MARK_DEPTH + 1);

export class BsonForm<Place extends MarkPlace<unknown> = MarkPlace<unknown>, Facts = unknown> {
  readonly marks: readonly BsonMark<Place>[];
  /** What its reader knows of all such documents. */
  readonly facts: Facts;
  /** The bytes that all have, without those between. */
  readonly kept: Uint8Array;
  readonly holes: readonly BsonHole<Place>[];
  /** The last member of the outermost document. */
  readonly last: Place | undefined;
  /** Made when it is written first. */
  json: FormJson | null = null;
  private readonly words: DataView;
  private readonly steps: readonly Step[];
  /** Where the value of each mark is kept; -1 for holes. */
  private readonly places: readonly number[];
  private readonly toldKinds = new Uint8Array(MAX_TOLD + 1);
  /** Bytes of each document; -1 where they differ. */
  private readonly size: number;

  /** `before`: the form that a document with these marks should have had, but for its values. */
  constructor(
    range: BsonRange,
    marks: readonly BsonMark<Place>[],
    facts: Facts,
    before: BsonForm<Place, Facts> | null,
  ) {
    const { bytes, start, end } = range;
    const isHole = marks.map((mark, i) => isAlwaysHole(mark) || before?.differs(i, mark, range) === true);
    const steps = new Steps(marks, isHole, end - start);
    this.marks = marks;
    this.facts = facts;
    this.last = marks.findLast(({ depth }) => depth === 0)?.place;
    this.steps = steps.all;
    this.holes = steps.holes;
    this.places = steps.places;
    this.kept = steps.keptOf(bytes, start);
    this.words = new DataView(this.kept.buffer, this.kept.byteOffset, this.kept.length);
    for (const { kind, place } of marks) if (isValue(kind) && place.wish > 0) this.toldKinds[place.wish] = kind;
    this.size = this.holes.some(({ width }) => width === ANY_WIDTH) ? -1 : end - start;
  }

  /** Whether `bytes[start, end)` is such a document; where the values stand that are told is known then. */
  isOf(bytes: Uint8Array, start: number, end: number): boolean {
    const { steps, size } = this;
    if (size >= 0 && end - start !== size) return false;
    const words = wordsOf(bytes);
    // The outermost length is known from where the document ends.
    let at = start + LENGTH_BYTES;
    let depth = 0;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      if (step === undefined) break;
      const { from, to, width, told } = step;
      if (at + to - from > end || !this.isSame(from, to, words, at)) return false;
      at += to - from;
      if (told > 0) toldPlaces[told] = at;
      if (width >= 0) {
        at += width;
        continue;
      }
      switch (step.stop) {
        case Mark.end:
          return at === end;
        case Mark.open:
          ends[depth++] = at + le32(bytes, at);
          at += LENGTH_BYTES;
          break;
        case Mark.close:
          if (ends[--depth] !== at) return false;
          break;
        default: {
          const length = lengthAt(bytes, step.stop, at);
          if (length < 0) return false;
          at += length;
        }
      }
    }
    return false;
  }

  /** Whether a document with these marks has the same members, and the same values where they have to be. */
  isLike(marks: readonly BsonMark[], range: BsonRange): boolean {
    if (marks.length !== this.marks.length) return false;
    return marks.every((mark, i) => {
      const own = this.marks[i];
      const isSame = own?.place === mark.place && own.kind === mark.kind;
      return isSame && (mark.place.wish !== Wish.same || !this.differs(i, mark, range));
    });
  }

  /** Where the value with this number stands in the document that was found last; -1 when there is none. */
  toldAt(number: number): number {
    return this.kindOf(number) > 0 ? (toldPlaces[number] ?? -1) : -1;
  }

  /** The type of the value that is told by this number; 0 when there is none. */
  kindOf(number: number): number {
    return this.toldKinds[number] ?? 0;
  }

  /** Where the value of a mark is kept; -1 when it differs. */
  keptAt(number: number): number {
    return this.places[number] ?? -1;
  }

  /** Whether the value of the mark with this number is another, or has been before. */
  private differs(number: number, { kind, at, end }: BsonMark, { bytes, start }: BsonRange): boolean {
    if (!isValue(kind)) return false;
    const own = this.marks[number];
    const place = this.keptAt(number);
    if (own === undefined || place < 0 || end - at !== own.end - own.at) return true;
    for (let i = 0; i < end - at; i++) if (this.kept[place + i] !== bytes[start + at + i]) return true;
    return false;
  }

  private isSame(from: number, to: number, others: DataView, other: number): boolean {
    const own = this.words;
    const shift = other - from;
    let at = from;
    for (; at <= to - 4; at += 4) if (own.getInt32(at, true) !== others.getInt32(at + shift, true)) return false;
    for (; at < to; at++) if (own.getUint8(at) !== others.getUint8(at + shift)) return false;
    return true;
  }
}

const isValue = (kind: number): boolean => kind !== Mark.open && kind !== Mark.close;

/** What is long is seldom the same; what is secret or told is neither kept nor compared. */
function isAlwaysHole({ kind, place, at, end }: BsonMark): boolean {
  if (!isValue(kind) || place.wish === Wish.same) return false;
  return place.mayBeSecret || place.wish > 0 || end - at > MAX_KEPT_BYTES;
}

const widthOf = ({ kind, place }: BsonMark): number => (place.isSecret ? ANY_WIDTH : (widths.get(kind) ?? ANY_WIDTH));

/** What is compared and what is not, of a document with these marks. */
class Steps<Place extends MarkPlace<unknown>> {
  readonly all: Step[] = [];
  readonly holes: BsonHole<Place>[] = [];
  readonly places: number[] = [];
  /** Where the bytes to be kept stand in the document. */
  private readonly ranges: { readonly from: number; readonly to: number }[] = [];
  private keptBytes = 0;

  constructor(marks: readonly BsonMark<Place>[], isHole: readonly boolean[], size: number) {
    const varying = varyingOf(marks, isHole);
    let from = LENGTH_BYTES;
    let hole = 0;
    marks.forEach((mark, i) => {
      const { kind, place, at, end } = mark;
      this.places.push(isHole[i] === true || !isValue(kind) ? -1 : this.keptBytes + at - from);
      if (isHole[i] !== true && !varying.has(i)) return;
      const width = isValue(kind) ? widthOf(mark) : ANY_WIDTH;
      this.add(from, at, { stop: kind, width, told: isValue(kind) ? Math.max(0, place.wish) : 0 });
      if (isHole[i] === true) {
        this.holes.push({ mark, width, gap: at - hole });
        hole = end;
      }
      from = end;
    });
    this.add(from, size, { stop: Mark.end, width: ANY_WIDTH, told: 0 });
  }

  keptOf(bytes: Uint8Array, start: number): Uint8Array {
    const kept = new Uint8Array(this.keptBytes);
    let at = 0;
    for (const { from, to } of this.ranges) {
      kept.set(bytes.subarray(start + from, start + to), at);
      at += to - from;
    }
    return kept;
  }

  private add(from: number, to: number, stop: Omit<Step, 'from' | 'to'>): void {
    this.ranges.push({ from, to });
    this.all.push({ from: this.keptBytes, to: this.keptBytes + to - from, ...stop });
    this.keptBytes += to - from;
  }
}

/** Where documents begin and end that are not always of one length: their lengths are not compared. */
function varyingOf(marks: readonly BsonMark[], isHole: readonly boolean[]): ReadonlySet<number> {
  const varying = new Set<number>();
  const around: number[] = [];
  marks.forEach((mark, i) => {
    if (mark.kind === Mark.open) around.push(i);
    else if (mark.kind === Mark.close) {
      const opened = around.pop();
      if (opened !== undefined && varying.has(opened)) varying.add(i);
    } else if (isHole[i] === true && widthOf(mark) === ANY_WIDTH) for (const opened of around) varying.add(opened);
  });
  return varying;
}
