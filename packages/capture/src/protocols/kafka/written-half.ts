/**
 * A message as JSON straight from its bytes, stretch by stretch of its shape: what `Reading` and `RecordList` make, written. What
 * is rare refuses: then they are asked.
 */

import { JsonWriter, piece } from '../../json/json-writer.ts';
import type { Kept } from './call.ts';
import { KafkaCursor } from './cursor.ts';
import { Found } from './found.ts';
import { nameAt, nameJson, nameOf, writePrintable } from './names.ts';
import type { Places } from './places.ts';
import type { PlanField } from './plan.ts';
import { MAX_BYTES_SHOWN, MAX_LISTED, MAX_VALUES } from './reading.ts';
import { hasNames, type Shape } from './shape.ts';
import { TopicNames } from './topic-names.ts';
import { WrittenRecords } from './written-records.ts';

const TOPIC = piece(',"topic":');
const EMPTY_BYTES = '{}'.length;
const NO_JSON = new JsonWriter();
const NO_NAMES = new TopicNames();

export class WrittenHalf {
  readonly found = new Found();
  readonly records = new WrittenRecords();
  #json = NO_JSON;
  readonly #cursor = new KafkaCursor(new Uint8Array(0));
  #isFlexible = false;
  #names = NO_NAMES;
  #values = 0;
  /** The topic whose id may follow was told by its name. */
  #isNamed = false;

  /** Begins anew; `assigned`: offsets the broker gave to records that have none of their own. */
  reset(names: TopicNames, limit: number, assigned: Places | null): void {
    this.found.reset();
    this.records.reset(limit, assigned);
    this.#names = names;
    this.#values = 0;
  }

  /** Writes the fields behind `opening`, of which `kept` bytes stay where there are no fields. */
  writeFields(json: JsonWriter, { bytes, start, end, shape }: Kept, opening: Uint8Array, kept = 0): void {
    if (shape === null || !hasNames(shape, this.#names)) {
      json.isRefused = true;
      return;
    }
    this.#json = json;
    this.#isFlexible = shape.isFlexible;
    const before = json.length;
    json.copyOf(opening);
    const cursor = this.#cursor.reset(bytes, start, end);
    this.#structure(shape);
    if (json.length - before - opening.length <= EMPTY_BYTES) json.length = before + kept;
    if (cursor.isShort || this.#isOver || this.found.offsetsByPlace.size > MAX_LISTED) json.isRefused = true;
  }

  /** More values than are shown. */
  get #isOver(): boolean {
    return this.#values >= MAX_VALUES;
  }

  #structure({ stretches }: Shape): void {
    const cursor = this.#cursor;
    for (let i = 0; i < stretches.length; i++) {
      const stretch = stretches[i];
      if (stretch === undefined) return;
      const { always, json, values, tellings, next } = stretch;
      // It was compared when the message came.
      cursor.skip(always.bytes.length);
      this.#json.copyOf(json);
      this.#values += values;
      for (let t = 0; t < tellings.length; t++) {
        const telling = tellings[t];
        if (telling !== undefined) this.found.takeName(telling.name, telling.role);
      }
      if (next === null || cursor.isShort || this.#isOver) return;
      const { field, inner } = next;
      if (field.isArray) this.#list(field, inner);
      else if (inner === null) this.#value(field);
      else if (field.isNullable && cursor.i8() < 0) this.#json.raw('null');
      else this.#structure(inner);
    }
  }

  /** `inner`: the shape of its structures. */
  #list(field: PlanField, inner: Shape | null): void {
    const json = this.#json;
    const cursor = this.#cursor;
    const count = cursor.length(this.#isFlexible);
    if (count < 0) return json.raw('null');
    json.raw('[');
    for (let item = 0; item < count && !cursor.isShort && !this.#isOver; item++) {
      if (item > 0) json.raw(',');
      this.#values++;
      if (inner === null) this.#value(field);
      else this.#structure(inner);
    }
    json.raw(']');
  }

  #value(field: PlanField): void {
    const json = this.#json;
    const cursor = this.#cursor;
    switch (field.type) {
      case 'int32': {
        const value = cursor.i32();
        if (field.role === 'partition') this.found.takePartition(value);
        return this.#number(value);
      }
      case 'int64': {
        const value = cursor.int64();
        this.found.takeLong(value, field.role);
        return typeof value === 'number' ? this.#number(value) : json.text(value);
      }
      case 'records':
        return this.#recordSet();
      case 'uuid':
        return field.role === 'topicId' ? this.#topicId(field) : json.copyOf(nameJson(cursor.uuid()));
      case 'string':
      case 'topic':
      case 'group':
        return this.#text(field);
      case 'bytes':
        return this.#bytes();
      case 'bool':
        return json.raw(cursor.u8() === 0 ? 'false' : 'true');
      case 'int8':
        return this.#number(cursor.i8());
      case 'int16':
        return this.#number(cursor.i16());
      case 'uint16':
        return this.#number(cursor.u16());
      default:
        json.isRefused = true;
    }
  }

  /** Most numbers that are not told are -1. */
  #number(value: number): void {
    if (value === -1) this.#json.raw('-1');
    else this.#json.number(value);
  }

  /** An id that stands for a topic alone is told with the topic's name. */
  #topicId({ isTwofold }: PlanField): void {
    const json = this.#json;
    const id = this.#cursor.uuid();
    json.copyOf(nameJson(id));
    if (id === null || (isTwofold && this.#isNamed)) return;
    const topic = nameOf(this.#names.of(id) ?? id);
    this.found.takeName(topic, 'topicId');
    json.copyOf(TOPIC);
    json.copyOf(topic.json);
  }

  #text({ role }: PlanField): void {
    const json = this.#json;
    const cursor = this.#cursor;
    const length = cursor.stringLength(this.#isFlexible);
    if (role === 'topic') this.#isNamed = length >= 0;
    if (length < 0) return json.raw('null');
    const { bytes, at } = cursor;
    cursor.skip(length);
    if (cursor.isShort) return;
    if (role === 'none') return writePrintable(json, bytes, at, cursor.at);
    const name = nameAt(bytes, at, cursor.at);
    json.copyOf(name.json);
    this.found.takeName(name, role);
  }

  #recordSet(): void {
    const json = this.#json;
    const cursor = this.#cursor;
    const length = cursor.length(this.#isFlexible);
    if (length < 0) return json.raw('null');
    const { at } = cursor;
    const { topic, partition } = this.found;
    cursor.skip(length);
    if (cursor.isShort || topic === undefined || partition === undefined) {
      json.isRefused = true;
      return;
    }
    this.records.add({ start: at, end: cursor.at, topic, partition });
    json.raw('"');
    json.number(length);
    json.raw(' bytes"');
  }

  #bytes(): void {
    const cursor = this.#cursor;
    const length = cursor.length(this.#isFlexible);
    if (length < 0) return this.#json.raw('null');
    const { bytes, at } = cursor;
    cursor.skip(length);
    if (!cursor.isShort) writePrintable(this.#json, bytes, at, at + Math.min(length, MAX_BYTES_SHOWN));
  }
}
