/** Walks over a whole message without making values: what every call must know at once, at the price of skipping. */

import { Interner } from '../../decode/interner.ts';
import { type KafkaCursor, skipTags } from './cursor.ts';
import { empty } from './places.ts';
import type { Finding, Plan, PlanField } from './plan.ts';

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
  readonly topics: string[] = [];
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
    empty(this.topics);
    this.forgotten = null;
    this.#collects = collects;
    return this;
  }

  /** Forgets what was found, of a message that is looked at again. */
  again(): this {
    return this.reset(this.#collects);
  }

  add(topic: string): void {
    if (this.#collects) this.topics.push(topic);
  }

  /** Nothing was found. */
  get isEmpty(): boolean {
    const { errorCode, topic, topicId, group, acks, sessionEpoch } = this;
    return errorCode === 0 && topic === '' && topicId === null && group === '' && acks === 1 && sessionEpoch === -1;
  }

  /** Takes what was found in another part of the message. */
  take({ errorCode, topic, topicId, group, acks, sessionEpoch, topics }: Facts): void {
    if (this.errorCode === 0) this.errorCode = errorCode;
    if (this.topic === '') this.topic = topic;
    this.topicId ??= topicId;
    if (this.group === '') this.group = group;
    if (acks !== 1) this.acks = acks;
    if (sessionEpoch !== -1) this.sessionEpoch = sessionEpoch;
    if (this.#collects) for (let i = 0; i < topics.length; i++) this.topics.push(topics[i] ?? '');
  }
}

/** Takes pairs of a topic's name and its id. */
export type Learn = (topic: string, id: string) => void;

/** Fills `facts`; a cursor that is short afterwards says that the message is not what its header claims, or was cut. */
export function scan(cursor: KafkaCursor, { steps, isFlexible }: Plan, facts: Facts, learn?: Learn): void {
  let topic = '';
  let topicId: string | null = null;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    if (step === undefined) return;
    const { skip, finding, field } = step;
    if (skip > 0) cursor.skip(skip);
    if (finding === 'topic') topic = scanName(cursor, field.role, isFlexible, facts);
    else if (finding === 'topicId') topicId = scanId(cursor, facts);
    else if (finding !== 'nothing') findValue(cursor, step, isFlexible, facts, learn);
    if (cursor.isShort) return;
  }
  if (isFlexible) skipTags(cursor);
  if (topicId !== null && topic !== '') learn?.(topic, topicId);
}

/** What is looked for in a field. */
interface Sought {
  readonly finding: Finding;
  readonly field: PlanField;
}

/** Passes over the value of a field, and takes what is found in it. */
export function findValue(
  cursor: KafkaCursor,
  { finding, field }: Sought,
  isFlexible: boolean,
  facts: Facts,
  learn?: Learn,
): void {
  switch (finding) {
    case 'errorCode': {
      const code = cursor.i16();
      if (facts.errorCode === 0) facts.errorCode = code;
      return;
    }
    case 'bytes':
      return cursor.skip(Math.max(0, cursor.length(isFlexible)));
    case 'string':
      return cursor.skip(Math.max(0, cursor.stringLength(isFlexible)));
    case 'topic':
    case 'group':
      scanName(cursor, finding, isFlexible, facts);
      return;
    case 'topicId':
      scanId(cursor, facts);
      return;
    case 'sessionEpoch':
      facts.sessionEpoch = cursor.i32();
      return;
    case 'acks':
      facts.acks = cursor.i16();
      return;
    case 'structure':
      if (field.plan !== null && (!field.isNullable || cursor.i8() >= 0)) scan(cursor, field.plan, facts, learn);
      return;
    case 'forgotten':
      return scanForgotten(cursor, field, isFlexible, facts);
    case 'list':
    case 'structures':
      return scanList(cursor, field, isFlexible, facts, learn);
    case 'nothing':
      cursor.skip(field.width);
  }
}

/** How many elements come; every element has at least a byte: a longer list is a lie. */
function countOf(cursor: KafkaCursor, isFlexible: boolean): number {
  const count = cursor.length(isFlexible);
  if (count > cursor.left) cursor.fail();
  return cursor.isShort ? 0 : count;
}

function scanList(cursor: KafkaCursor, field: PlanField, isFlexible: boolean, facts: Facts, learn?: Learn): void {
  const count = countOf(cursor, isFlexible);
  const { plan, width, role, type } = field;
  if (width > 0) return cursor.skip(Math.max(0, count) * width);
  for (let left = count; left > 0 && !cursor.isShort; left--) {
    if (plan !== null) scan(cursor, plan, facts, learn);
    else if (role === 'topic' || role === 'group') scanName(cursor, role, isFlexible, facts);
    else cursor.skip(Math.max(0, type === 'string' ? cursor.stringLength(isFlexible) : cursor.length(isFlexible)));
  }
}

/** Topics that leave a fetch session are not topics of the call. */
function scanForgotten(cursor: KafkaCursor, { plan }: PlanField, isFlexible: boolean, facts: Facts): void {
  const count = countOf(cursor, isFlexible);
  if (count <= 0) return;
  const left = new Facts().reset(true);
  for (let todo = count; todo > 0 && !cursor.isShort && plan !== null; todo--) scan(cursor, plan, left);
  facts.forgotten = new Set(left.topics);
}

function scanId(cursor: KafkaCursor, facts: Facts): string | null {
  const id = cursor.uuid();
  facts.topicId ??= id;
  if (id !== null) facts.add(id);
  return id;
}

function scanName(cursor: KafkaCursor, role: PlanField['role'], isFlexible: boolean, facts: Facts): string {
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
