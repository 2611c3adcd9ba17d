/** Walks over a whole message without making values: what every call must know at once, at the price of skipping. */

import { Interner } from '../../decode/interner.ts';
import type { KafkaCursor } from './cursor.ts';
import type { Plan, PlanField } from './plan.ts';

/** Topics and groups come again and again. */
const names = new Interner((text) => Buffer.from(text, 'latin1').toString('utf8'));

export class Facts {
  /** The first error code that is not 0. */
  errorCode = 0;
  topic = '';
  /** Id of the first topic, when it is told by its id alone. */
  topicId: string | null = null;
  group = '';
  /** Of Produce: 0 when no response is wanted. */
  acks = 1;
  /** Of Fetch: above 0, the request says only what changed since the one before. */
  sessionEpoch = -1;
  /** Of Fetch: topics by name or id that it adds to its session, and those that leave it; null for none. */
  topics: Set<string> | null = null;
  forgotten: ReadonlySet<string> | null = null;
  #collects = false;

  /** Begins anew; `collects`: all topics are wanted, not the first alone. */
  reset(collects = false): this {
    this.errorCode = 0;
    this.topic = '';
    this.topicId = null;
    this.group = '';
    this.acks = 1;
    this.sessionEpoch = -1;
    this.topics = null;
    this.forgotten = null;
    this.#collects = collects;
    return this;
  }

  /** True while topic ids are of use. */
  get wantsTopicId(): boolean {
    return this.#collects || this.topicId === null;
  }

  add(topic: string): void {
    if (!this.#collects) return;
    this.topics ??= new Set();
    this.topics.add(topic);
  }
}

/** Takes pairs of a topic's name and its id. */
export type Learn = (topic: string, id: string) => void;

/** Fills `facts`; a cursor that is short afterwards says that the message is not what its header claims, or was cut. */
export function scan(cursor: KafkaCursor, plan: Plan, facts: Facts, learn?: Learn): void {
  let topic = '';
  let topicId: string | null = null;
  const { steps } = plan;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    if (step === undefined) return;
    const { field } = step;
    if (step.skip > 0) cursor.skip(step.skip);
    if (field === null) continue;
    if (field.isArray) scanList(cursor, field, plan.isFlexible, facts, learn);
    else if (field.role === 'topicId' && (learn !== undefined || facts.wantsTopicId)) {
      topicId = cursor.uuid();
      facts.topicId ??= topicId;
      if (topicId !== null) facts.add(topicId);
    } else if (field.role === 'topic') topic = scanName(cursor, field, plan.isFlexible, facts);
    else scanValue(cursor, field, plan.isFlexible, facts, learn);
    if (cursor.isShort) return;
  }
  if (plan.isFlexible) {
    for (let left = cursor.uvarint(); left > 0 && !cursor.isShort; left--) {
      cursor.uvarint();
      cursor.skip(cursor.uvarint());
    }
  }
  if (topicId !== null && topic !== '') learn?.(topic, topicId);
}

function scanList(cursor: KafkaCursor, field: PlanField, isFlexible: boolean, facts: Facts, learn?: Learn): void {
  const count = cursor.length(isFlexible);
  // Every element has at least a byte: a longer list is a lie.
  if (count > cursor.left) return cursor.fail();
  if (field.width > 0) return cursor.skip(Math.max(0, count) * field.width);
  if (field.role === 'forgotten') return scanForgotten(cursor, field, count, facts);
  for (let left = count; left > 0 && !cursor.isShort; left--) {
    if (field.plan !== null) scan(cursor, field.plan, facts, learn);
    else scanValue(cursor, field, isFlexible, facts, learn);
  }
}

/** Topics that leave a fetch session are not topics of the call. */
function scanForgotten(cursor: KafkaCursor, { plan }: PlanField, count: number, facts: Facts): void {
  if (count <= 0) return;
  const left = new Facts().reset(true);
  for (let todo = count; todo > 0 && !cursor.isShort && plan !== null; todo--) scan(cursor, plan, left);
  facts.forgotten = left.topics;
}

function scanName(cursor: KafkaCursor, { role }: PlanField, isFlexible: boolean, facts: Facts): string {
  const length = cursor.stringLength(isFlexible);
  if (length <= 0) return '';
  const start = cursor.at;
  cursor.skip(length);
  if (cursor.isShort) return '';
  const name = names.of(cursor.bytes, start, cursor.at);
  if (role === 'group') {
    if (facts.group === '') facts.group = name;
    return '';
  }
  if (facts.topic === '') facts.topic = name;
  facts.add(name);
  return name;
}

function scanValue(cursor: KafkaCursor, field: PlanField, isFlexible: boolean, facts: Facts, learn?: Learn): void {
  const { width, role, plan } = field;
  if (role === 'errorCode') {
    const code = cursor.i16();
    if (facts.errorCode === 0) facts.errorCode = code;
  } else if (role === 'acks') facts.acks = cursor.i16();
  else if (role === 'sessionEpoch') facts.sessionEpoch = cursor.i32();
  else if (width > 0) cursor.skip(width);
  else if (plan !== null) {
    if (!field.isNullable || cursor.i8() >= 0) scan(cursor, plan, facts, learn);
  } else if (role === 'topic' || role === 'group') scanName(cursor, field, isFlexible, facts);
  else {
    const isString = field.type === 'string';
    cursor.skip(Math.max(0, isString ? cursor.stringLength(isFlexible) : cursor.length(isFlexible)));
  }
}
