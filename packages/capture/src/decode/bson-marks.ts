/** The members of a document as they stand one behind the other, those inside of others among them. */

import { BsonType, lengthAt } from './bson-types.ts';
import { le32 } from './little-endian.ts';

/** More members are seldom the same again. */
export const MAX_MARKS = 64;
/** Documents inside of documents; what programs ask for is flat. */
export const MAX_MARK_DEPTH = 8;

/** What a mark is of, beside the types of values. */
export const Mark = {
  /** The sixteen bytes of an identifier, whose length and kind stand before it. */
  uuid: 0x80,
  /** A document's length, behind its name. */
  open: 0x81,
  /** The end of that document. */
  close: 0x82,
  /** The end of all. */
  end: 0x83,
} as const;

const UUID = 4;
const UUID_BYTES = 16;
const BINARY_HEAD_BYTES = 5;

/** What is known of a member by where it stands; `Place` is what stands for that. */
export interface MarkPlace<Place> {
  readonly type: number;
  /** Bytes of type and name. */
  readonly length: number;
  readonly isRefused: boolean;
  readonly isSecret: boolean;
  /** What is inside may be secret, or it is itself. */
  readonly mayBeSecret: boolean;
  readonly wish: number;
  /** It was in a document that was to be learnt. */
  isKnown: boolean;
  readonly inside: Place;
  after(bytes: Uint8Array, at: number, limit: number): Place | null;
}

/** A value, or where a document begins or ends. Offsets are those from the outermost document's first byte. */
export interface BsonMark<Place = MarkPlace<unknown>> {
  readonly kind: number;
  /** The member whose value it is. */
  readonly place: Place;
  readonly at: number;
  readonly end: number;
  /** Documents around it, without the outermost. */
  readonly depth: number;
}

/** The marks of the document `bytes[start, end)`; null when it is not whole, or too big. */
export function marksOf<Place extends MarkPlace<Place>>(
  bytes: Uint8Array,
  start: number,
  end: number,
  root: Place,
): readonly BsonMark<Place>[] | null {
  const marks: BsonMark<Place>[] = [];
  const isWhole =
    start + le32(bytes, start) === end && addMembers(marks, { bytes, first: start }, { start, end, root });
  return isWhole ? marks : null;
}

interface Source {
  readonly bytes: Uint8Array;
  /** Of the outermost document. */
  readonly first: number;
}
interface Inner<Place> {
  readonly start: number;
  readonly end: number;
  readonly root: Place;
}

function addMembers<Place extends MarkPlace<Place>>(
  marks: BsonMark<Place>[],
  source: Source,
  { start, end, root }: Inner<Place>,
  depth = 0,
): boolean {
  const { bytes, first } = source;
  if (depth > MAX_MARK_DEPTH) return false;
  let place = root;
  let at = start + 4;
  while (bytes[at] !== 0) {
    const found = place.after(bytes, at, end);
    if (found === null || found.isRefused || marks.length >= MAX_MARKS) return false;
    place = found;
    at += place.length;
    const length = lengthAt(bytes, place.type, at);
    const next = at + length;
    if (length < 0 || next >= end) return false;
    const add = (kind: number, from: number, to: number) =>
      marks.push({ kind, place: found, at: from - first, end: to - first, depth });
    if (place.type === BsonType.document && !place.isSecret) {
      add(Mark.open, at, at + 4);
      if (!addMembers(marks, source, { start: at, end: next, root: place.inside }, depth + 1)) return false;
      add(Mark.close, next, next);
    } else if (place.type === BsonType.binary && isUuid(bytes, at) && !place.isSecret)
      add(Mark.uuid, at + BINARY_HEAD_BYTES, next);
    else add(place.type, at, next);
    at = next;
  }
  return at === end - 1;
}

const isUuid = (bytes: Uint8Array, at: number): boolean => le32(bytes, at) === UUID_BYTES && bytes[at + 4] === UUID;
