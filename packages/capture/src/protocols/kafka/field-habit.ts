/** What fields usually say, learnt from the messages that came: the same bytes again and again, or something else each time. */

import type { KafkaCursor } from './cursor.ts';
import { type Finding, findingOf, type Plan, type PlanField } from './plan.ts';
import { Facts, findValue } from './scan.ts';

/** Bytes of a field that is kept: names, ids of members. Longer ones differ. */
export const MAX_KEPT_BYTES = 128;
/** As often a field may change: an error now and then must not part what is the same in all other messages. */
export const MAX_CHANGES = 8;

/** Fields that are as good as never the same, or that the call is found by as numbers. */
const differing: ReadonlySet<string> = new Set(['partition', 'offset', 'highWatermark']);
/** Fields the call is found by as names: of a list of them, each by itself. */
const naming: ReadonlySet<string> = new Set(['topic', 'topicId', 'group']);
const NOTHING = new Uint8Array(0);
/** What is found on the way is not wanted. */
const unwanted = new Facts();

export class StructureHabit {
  readonly plan: Plan;
  readonly fields: readonly FieldHabit[];
  /** One has come, whole. */
  isSeen = false;

  constructor(plan: Plan) {
    this.plan = plan;
    this.fields = plan.fields.map((field) => new FieldHabit(field, plan.isFlexible));
  }

  /** Takes the structure that comes next; false when it cannot be followed. `isRenamed`: topics have other names than before. */
  learn(cursor: KafkaCursor, isRenamed: boolean): boolean {
    for (const field of this.fields) if (!field.learn(cursor, isRenamed)) return false;
    // Tagged fields are what newer versions add for few.
    if (this.plan.isFlexible && cursor.uvarint() > 0) return false;
    this.isSeen = true;
    return true;
  }
}

export class FieldHabit {
  readonly field: PlanField;
  readonly finding: Finding;
  /** Of its structures. */
  readonly inner: StructureHabit | null;
  /** Its value when it came last; of structures, how many they were. */
  bytes: Uint8Array = NOTHING;
  /** How many structures came last; -1 for null. */
  count = 0;
  differs: boolean;
  readonly #isFlexible: boolean;
  #isSeen = false;
  #changes = 0;

  constructor(field: PlanField, isFlexible: boolean) {
    const { type, role, isArray, plan } = field;
    this.field = field;
    this.finding = findingOf(field);
    this.inner = plan === null ? null : new StructureHabit(plan);
    this.#isFlexible = isFlexible;
    this.differs = type === 'records' || differing.has(role) || field.isTwofold || (isArray && naming.has(role));
  }

  learn(cursor: KafkaCursor, isRenamed: boolean): boolean {
    const { bytes, at } = cursor;
    if (this.inner !== null) return this.#learnStructures(cursor, this.inner, isRenamed);
    findValue(cursor, this, this.#isFlexible, unwanted);
    if (cursor.isShort) return false;
    this.#take(bytes.subarray(at, cursor.at));
    if (isRenamed && this.field.role === 'topicId') this.#change();
    return true;
  }

  #learnStructures(cursor: KafkaCursor, inner: StructureHabit, isRenamed: boolean): boolean {
    const { bytes, at } = cursor;
    this.count = this.#countOf(cursor);
    if (cursor.isShort || this.count > cursor.left) return false;
    this.#take(bytes.subarray(at, cursor.at));
    if (this.count > 1 || (this.count > 0 && this.finding === 'forgotten')) this.differs = true;
    for (let left = this.count; left > 0; left--) if (!inner.learn(cursor, isRenamed)) return false;
    return true;
  }

  #countOf(cursor: KafkaCursor): number {
    const { isArray, isNullable } = this.field;
    if (isArray) return cursor.length(this.#isFlexible);
    return isNullable && cursor.i8() < 0 ? -1 : 1;
  }

  #take(bytes: Uint8Array): void {
    if (this.differs || (this.#isSeen && Buffer.compare(bytes, this.bytes) === 0)) return;
    if (this.#isSeen) this.#change();
    this.#isSeen = true;
    this.bytes = new Uint8Array(bytes);
    if (bytes.length > MAX_KEPT_BYTES) this.differs = true;
  }

  #change(): void {
    this.#changes++;
    if (this.#changes > MAX_CHANGES) this.differs = true;
  }
}
