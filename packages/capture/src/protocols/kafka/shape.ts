/**
 * A message as it usually is: stretches of bytes that are the same each time, whose JSON is kept as one piece, and behind each a
 * field that differs. Of an answer to Produce:
 *
 *   always             differs      JSON
 *   2, topic id, 2                  {"responses":[{"topicId":"…","topic":"orders","partitionResponses":[{"index":
 *                      index        3
 *   0 0                             ,"errorCode":0,"baseOffset":
 *                      baseOffset   343
 *   -1, 0, 1, 0, 0 …                ,"logAppendTimeMs":-1,"logStartOffset":0,"recordErrors":[],"errorMessage":null}]}], …
 *
 * A list with one structure is part of the stretch; one with another number of them each time is a field that differs, and its
 * structures have a shape of their own.
 */

import type { KafkaCursor } from './cursor.ts';
import type { Name } from './names.ts';
import type { Pattern } from './pattern.ts';
import type { Finding, PlanField } from './plan.ts';
import { Facts, findValue } from './scan.ts';
import type { TopicNames } from './topic-names.ts';

/** A name that the call is found by. */
export interface Telling {
  readonly role: PlanField['role'];
  readonly name: Name;
}

export interface Stretch {
  readonly always: Pattern;
  /** With the key of the field behind it, or the end of the message. */
  readonly json: Uint8Array;
  /** Values in it, and the one behind it. */
  readonly values: number;
  readonly tellings: readonly Telling[];
  /** What is found in it; null where that is nothing. */
  readonly facts: Facts | null;
  /** What is behind it; null at the end. */
  readonly next: Differing | null;
}

/** A field that differs. */
export interface Differing {
  readonly field: PlanField;
  readonly finding: Finding;
  /** Of its structures; null where it has none. */
  readonly inner: Shape | null;
}

/** A stretch as it is compared: then come bytes that are passed over, and then a field that is looked into, or the end. */
interface Check {
  readonly always: Pattern;
  readonly facts: Facts | null;
  skip: number;
  next: Differing | null;
  isLast: boolean;
}

export interface Shape {
  readonly isFlexible: boolean;
  readonly stretches: readonly Stretch[];
  readonly checks: readonly Check[];
  /** Names of topics stand in it which its bytes do not tell: whose, and after how many changes. Null where none do. */
  readonly names: TopicNames | null;
  readonly namesChanges: number;
}

/** Are names of topics what they were? */
export const hasNames = ({ names, namesChanges }: Shape, now: TopicNames): boolean =>
  names === null || (names === now && namesChanges === now.changes);

/** Fields of a fixed width side by side are passed over at once. */
export function checksOf(stretches: readonly Stretch[]): readonly Check[] {
  const checks: Check[] = [];
  for (const { always, facts, next } of stretches) {
    const skip = next?.finding === 'nothing' ? next.field.width : 0;
    const rest = { next: skip > 0 ? null : next, isLast: next === null };
    const before = checks.at(-1);
    const isOpen = before !== undefined && before.next === null && always.bytes.length === 0 && facts === null;
    if (isOpen) Object.assign(before, { skip: before.skip + skip, ...rest });
    else checks.push({ always, facts, skip, ...rest });
  }
  return checks;
}

/** Passes over a message of this shape and finds its facts; false, and facts that mean nothing, for another. */
export function fits(cursor: KafkaCursor, { checks, isFlexible }: Shape, facts: Facts): boolean {
  for (let i = 0; i < checks.length; i++) {
    const check = checks[i];
    if (check === undefined || !cursor.takes(check.always)) return false;
    const { skip, next } = check;
    if (check.facts !== null) facts.take(check.facts);
    if (skip > 0) cursor.skip(skip);
    if (next !== null) {
      const { field, inner } = next;
      if (inner === null) findValue(cursor, next, isFlexible, facts);
      else if (!fitsEach(cursor, field, { inner, isFlexible }, facts)) return false;
    }
    if (cursor.isShort) return false;
    if (check.isLast) return true;
  }
  return false;
}

interface Inside {
  readonly inner: Shape;
  readonly isFlexible: boolean;
}

function fitsEach(cursor: KafkaCursor, field: PlanField, { inner, isFlexible }: Inside, facts: Facts): boolean {
  if (!field.isArray) return (field.isNullable && cursor.i8() < 0) || fits(cursor, inner, facts);
  const count = cursor.length(isFlexible);
  if (count > cursor.left) return false;
  // Topics that leave a fetch session are not topics of the call.
  const found = field.role === 'forgotten' ? new Facts().reset(true) : facts;
  for (let left = count; left > 0; left--) if (!fits(cursor, inner, found)) return false;
  if (found !== facts && count > 0) facts.forgotten = new Set(found.topics);
  return true;
}
