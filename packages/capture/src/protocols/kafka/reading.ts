/** A message as JSON, and what of it the call is found by: topics, partitions, groups, offsets, records. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { printable } from '../../decode/printable.ts';
import { KafkaCursor } from './cursor.ts';
import { embeddedPlan, type Plan, type PlanField } from './plan.ts';
import type { RecordList } from './record-list.ts';
import { readRecords } from './records.ts';
import type { TopicNames } from './topic-names.ts';

/** Values shown of one message; a reply with the metadata of thousands of partitions is cut here. */
export const MAX_VALUES = 4096;
/** Names, partitions and offsets listed of one message. */
export const MAX_LISTED = 256;
/** Bytes shown of a field that is bytes: user data, telemetry. */
export const MAX_BYTES_SHOWN = 4096;

/** A topic as a resource of settings and of access rights. */
const TOPIC_RESOURCE = 2;

const REDACTED = '[REDACTED]';
/** Settings whose values are secrets: `ssl.keystore.password`, `sasl.jaas.config`, `ssl.keystore.key`. */
const SECRET_SETTING = /password|secret|jaas|credential|token|keystore\.key/i;

/** A partition of a Fetch response, for what its consumer lags behind. */
interface Watermark {
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly highWatermark: number;
}

export class Reading {
  /** Each once, in the order they come. */
  readonly topics: string[] = [];
  readonly groups: string[] = [];
  readonly partitions: number[] = [];
  readonly offsets: (number | string)[] = [];
  readonly watermarks: Watermark[] = [];
  /** First offset asked for or told, by topic and partition. */
  readonly offsetsByPlace = new Map<string, number>();
  errorMessage: string | undefined;
  isTruncated = false;
  readonly #names: TopicNames;
  readonly #records: RecordList;
  #values = 0;
  #topic: string | undefined;
  #partition: number | undefined;

  constructor(names: TopicNames, records: RecordList) {
    this.#names = names;
    this.#records = records;
  }

  struct(cursor: KafkaCursor, plan: Plan): JsonObject {
    const values: Record<string, JsonValue> = {};
    let isNamed = false;
    for (const field of plan.fields) {
      if (this.#isOver(cursor)) return values;
      if (field.role === 'topicId' && isNamed) values[field.name] = cursor.uuid();
      else this.#field(cursor, field, plan.isFlexible, values);
      isNamed ||= field.role === 'topic' && typeof values[field.name] === 'string';
    }
    if (plan.isFlexible) this.#tagged(cursor, plan, values);
    const { name, value, resourceType, resourceName } = values;
    if (resourceType === TOPIC_RESOURCE && typeof resourceName === 'string') this.#sawTopic(resourceName);
    if (typeof name === 'string' && typeof value === 'string' && SECRET_SETTING.test(name)) values['value'] = REDACTED;
    return values;
  }

  /** Nothing more is shown: the bytes or the room ended. */
  #isOver(cursor: KafkaCursor): boolean {
    if (cursor.isShort || this.#values >= MAX_VALUES) this.isTruncated = true;
    return this.isTruncated;
  }

  #tagged(cursor: KafkaCursor, plan: Plan, values: Record<string, JsonValue>): void {
    for (let left = cursor.uvarint(); left > 0 && !this.#isOver(cursor); left--) {
      const tag = cursor.uvarint();
      const size = cursor.uvarint();
      const field = plan.tagged.get(tag);
      const start = cursor.at;
      cursor.skip(size);
      if (cursor.isShort) continue;
      if (field !== undefined) this.#field(new KafkaCursor(cursor.bytes, start, start + size), field, true, values);
      else values[`tag${tag}`] = `${size} bytes`;
    }
  }

  #field(cursor: KafkaCursor, field: PlanField, isFlexible: boolean, values: Record<string, JsonValue>): void {
    const value = field.isArray ? this.#list(cursor, field, isFlexible) : this.#value(cursor, field, isFlexible);
    // What a cut left of a value is not to be believed.
    if (cursor.isShort && field.plan === null && field.type !== 'records') return;
    values[field.name] = value;
    if (field.role === 'topicId' && typeof value === 'string' && this.#topic !== undefined)
      values['topic'] ??= this.#topic;
  }

  #list(cursor: KafkaCursor, field: PlanField, isFlexible: boolean): JsonValue {
    const count = cursor.length(isFlexible);
    if (count > cursor.left) cursor.fail();
    if (count < 0) return null;
    const items: JsonValue[] = [];
    for (let left = count; left > 0 && !this.#isOver(cursor); left--) {
      const item = this.#value(cursor, field, isFlexible);
      if (!cursor.isShort || field.plan !== null) items.push(item);
    }
    return items;
  }

  #value(cursor: KafkaCursor, field: PlanField, isFlexible: boolean): JsonValue {
    this.#values++;
    switch (field.type) {
      case 'bool':
        return cursor.u8() !== 0;
      case 'int8':
        return cursor.i8();
      case 'int16':
        return cursor.i16();
      case 'uint16':
        return cursor.u16();
      case 'int32': {
        const value = cursor.i32();
        if (field.role === 'partition' && !cursor.isShort) this.#sawPartition(value);
        return value;
      }
      case 'int64': {
        const value = cursor.int64();
        if (!cursor.isShort) this.#sawNumber(field, value);
        return value;
      }
      case 'float64': {
        const value = cursor.f64();
        return Number.isFinite(value) ? value : String(value);
      }
      case 'uuid':
        return this.#uuid(cursor, field);
      case 'string':
      case 'topic':
      case 'group':
        return this.#string(cursor, field, isFlexible);
      case 'struct':
        if (field.plan === null || (field.isNullable && !field.isArray && cursor.i8() < 0)) return null;
        return this.struct(cursor, field.plan);
      case 'records':
        return this.#recordSet(cursor, isFlexible);
      default:
        return this.#bytes(cursor.sized(cursor.length(isFlexible)), field);
    }
  }

  #sawPartition(value: number): void {
    this.#partition = value;
    list(this.partitions, value);
  }

  #sawNumber({ role }: PlanField, value: number | string): void {
    const topic = this.#topic;
    const partition = this.#partition;
    if (role === 'offset') {
      list(this.offsets, value);
      if (typeof value === 'number') this.offsetsByPlace.set(`${topic} ${partition}`, value);
    } else if (role === 'highWatermark' && typeof value === 'number') {
      this.watermarks.push({ topic, partition, highWatermark: value });
    }
  }

  #uuid(cursor: KafkaCursor, { role }: PlanField): JsonValue {
    const id = cursor.uuid();
    if (role === 'topicId' && id !== null && !cursor.isShort) this.#sawTopic(this.#names.of(id) ?? id);
    return id;
  }

  #string(cursor: KafkaCursor, { role }: PlanField, isFlexible: boolean): JsonValue {
    const bytes = cursor.sized(cursor.stringLength(isFlexible));
    if (bytes === null || cursor.isShort) return null;
    const text = printable(bytes);
    if (role === 'topic' && text !== '') this.#sawTopic(text);
    else if (role === 'group' && text !== '') list(this.groups, text);
    else if (role === 'errorMessage' && text !== '') this.errorMessage ??= text;
    return text;
  }

  #sawTopic(name: string): void {
    this.#topic = name;
    list(this.topics, name);
  }

  #recordSet(cursor: KafkaCursor, isFlexible: boolean): JsonValue {
    const length = cursor.length(isFlexible);
    if (length < 0) return null;
    // The message may have been cut inside its records: what is there is shown.
    if (length > cursor.left) this.isTruncated = true;
    const bytes = cursor.view(Math.min(length, cursor.left));
    readRecords(bytes, { topic: this.#topic, partition: this.#partition }, this.#records);
    return `${length} bytes`;
  }

  #bytes(bytes: Uint8Array | null, { role }: PlanField): JsonValue {
    if (bytes === null) return null;
    if (role === 'secret') return REDACTED;
    if (role === 'subscription' || role === 'assignment') {
      const embedded = this.#embedded(bytes, role);
      if (embedded !== undefined) return embedded;
    }
    return printable(bytes.length > MAX_BYTES_SHOWN ? bytes.subarray(0, MAX_BYTES_SHOWN) : bytes);
  }

  /** What consumers tell each other through their group; undefined when this group is not one of consumers. */
  #embedded(bytes: Uint8Array, role: 'subscription' | 'assignment'): JsonObject | undefined {
    if (bytes.length === 0) return undefined;
    const cursor = new KafkaCursor(bytes);
    const version = cursor.i16();
    const inner = new Reading(this.#names, this.#records);
    const name = role === 'subscription' ? 'ConsumerProtocolSubscription' : 'ConsumerProtocolAssignment';
    const values = inner.struct(cursor, embeddedPlan(name, version));
    if (cursor.isShort || inner.isTruncated || (cursor.left > 0 && version <= 3)) return undefined;
    for (const topic of inner.topics) this.#sawTopic(topic);
    for (const topic of subscribedTopics(values)) this.#sawTopic(topic);
    for (const partition of inner.partitions) this.#sawPartition(partition);
    this.#values += inner.#values;
    return { version, ...values };
  }
}

/** A list as short as this is looked through faster than a set is made. */
function list<T>(values: T[], value: T): void {
  if (values.length < MAX_LISTED && !values.includes(value)) values.push(value);
}

const subscribedTopics = ({ topics }: JsonObject): readonly string[] =>
  Array.isArray(topics) ? topics.filter((topic): topic is string => typeof topic === 'string') : [];
