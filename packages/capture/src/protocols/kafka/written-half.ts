/**
 * A message as JSON straight from its bytes, and what of it the call is found by: what `Reading` and `RecordList` make, written.
 * What is rare or cut refuses: then they are asked.
 */

import { JsonWriter, piece } from '../../json/json-writer.ts';
import type { Kept } from './call.ts';
import { KafkaCursor } from './cursor.ts';
import { type Name, nameAt, nameJson, nameOf, writePrintable } from './names.ts';
import { empty, Places } from './places.ts';
import type { Plan, PlanField } from './plan.ts';
import { MAX_BYTES_SHOWN, MAX_LISTED, MAX_VALUES } from './reading.ts';
import type { Run } from './runs.ts';
import { TopicNames } from './topic-names.ts';
import { WrittenRecords } from './written-records.ts';

const TOPIC = piece(',"topic":');
const NO_NAMES = new TopicNames();

export class WrittenHalf {
  readonly fields = new JsonWriter();
  readonly records = new WrittenRecords();
  /** Each once, in the order they come. */
  readonly topics: string[] = [];
  readonly groups: string[] = [];
  readonly partitions: number[] = [];
  readonly offsets: (number | string)[] = [];
  /** First offset asked for or told, and how far the broker is. */
  readonly offsetsByPlace = new Places();
  readonly watermarks = new Places();
  errorMessage: string | undefined;
  transactionalId: string | undefined;
  isRefused = false;
  #values = 0;
  #topic: Name | undefined;
  #partition: number | undefined;
  #names = NO_NAMES;
  #told: Name | undefined;
  readonly #cursor = new KafkaCursor(new Uint8Array(0));

  /** Begins anew; `assigned`: offsets the broker gave to records that have none of their own. */
  reset(names: TopicNames, limit: number, assigned: Places | null): void {
    this.fields.length = 0;
    this.records.reset(limit, assigned);
    empty(this.topics);
    empty(this.groups);
    empty(this.partitions);
    empty(this.offsets);
    this.offsetsByPlace.clear();
    this.watermarks.clear();
    this.errorMessage = undefined;
    this.transactionalId = undefined;
    this.isRefused = false;
    this.#values = 0;
    this.#topic = undefined;
    this.#partition = undefined;
    this.#names = names;
  }

  /** Writes a message; false when it has to be read. */
  read({ bytes, start, end }: Kept, plan: Plan): boolean {
    if (!plan.isPlain) return false;
    const cursor = this.#cursor.reset(bytes, start, end);
    this.#struct(cursor, plan);
    return !this.isRefused && !cursor.isShort && !this.records.isRefused && this.offsetsByPlace.size <= MAX_LISTED;
  }

  #struct(cursor: KafkaCursor, plan: Plan): void {
    const { list } = plan.runs;
    let isNamed = false;
    for (let i = 0; i < list.length; i++) {
      const run = list[i];
      if (run === undefined) return;
      if (!this.#repeats(cursor, run)) this.#spell(cursor, plan, run);
      const { next } = run;
      if (cursor.isShort || this.#values >= MAX_VALUES) this.isRefused = true;
      if (next === undefined || this.isRefused) return;
      isNamed = this.#field(cursor, next, plan.isFlexible, isNamed);
    }
  }

  /** Writes a run that is as it was; false, with nothing done, when it is not. */
  #repeats(cursor: KafkaCursor, { bytes, json, values, tellings, names, namesChanges }: Run<PlanField>): boolean {
    if (bytes === undefined || this.#values + values >= MAX_VALUES) return false;
    if (names !== undefined && (names !== this.#names || namesChanges !== names.changes)) return false;
    if (!cursor.takes(bytes)) return false;
    // Behind records nothing follows but the end.
    if (json.length === 1) this.fields.raw('}');
    else this.fields.copyOf(json);
    this.#values += values;
    for (let i = 0; i < tellings.length; i++) {
      const telling = tellings[i];
      if (telling !== undefined) this.#tell(telling.name, telling.role);
    }
    return true;
  }

  /** Writes the fields of a run one by one. */
  #spell(cursor: KafkaCursor, { fields, isFlexible, runs }: Plan, { from, to, next }: Run<PlanField>): void {
    const json = this.fields;
    for (let index = from; index < to; index++) {
      const field = fields[index];
      if (cursor.isShort || this.#values >= MAX_VALUES) this.isRefused = true;
      if (field === undefined || this.isRefused) return;
      const { at } = cursor;
      const start = json.length;
      const before = this.#values;
      this.#told = undefined;
      json.copyOf(index === 0 ? field.firstKey : field.nextKey);
      this.#field(cursor, field, isFlexible, false);
      if (cursor.isShort || this.isRefused) return;
      runs.learn(index, field, {
        bytes: cursor.bytes.slice(at, cursor.at),
        json: json.pieceFrom(start),
        values: this.#values - before,
        told: this.#told,
        names: this.#names,
        namesChanges: this.#names.changes,
      });
    }
    runs.settle();
    if (next !== undefined) return json.copyOf(to === 0 ? next.firstKey : next.nextKey);
    json.raw(to === 0 ? '{}' : '}');
    // Tagged fields are what newer versions add for few.
    if (isFlexible && cursor.uvarint() > 0) this.isRefused = true;
  }

  /** True where the topic beside an id was told. */
  #field(cursor: KafkaCursor, field: PlanField, isFlexible: boolean, isNamed: boolean): boolean {
    if (field.isArray) this.#list(cursor, field, isFlexible);
    else if (field.role === 'topicId') this.#topicId(cursor, isNamed);
    else if (field.role === 'topic') return this.#name(cursor, field, isFlexible) || isNamed;
    else this.#value(cursor, field, isFlexible);
    return isNamed;
  }

  #list(cursor: KafkaCursor, field: PlanField, isFlexible: boolean): void {
    const count = cursor.length(isFlexible);
    const { fields } = this;
    if (count < 0) return fields.raw('null');
    // Ids alone, in a list, name topics too, and are told by themselves.
    if (count > cursor.left || field.role === 'topicId') {
      this.isRefused = true;
      return;
    }
    fields.raw('[');
    for (let item = 0; item < count; item++) {
      if (cursor.isShort || this.#values >= MAX_VALUES) this.isRefused = true;
      if (this.isRefused) return;
      if (item > 0) fields.raw(',');
      this.#value(cursor, field, isFlexible);
    }
    fields.raw(']');
  }

  #value(cursor: KafkaCursor, field: PlanField, isFlexible: boolean): void {
    const { fields } = this;
    this.#values++;
    switch (field.type) {
      case 'bool':
        return fields.raw(cursor.u8() === 0 ? 'false' : 'true');
      case 'int8':
        return this.#number(cursor.i8());
      case 'int16':
        return this.#number(cursor.i16());
      case 'uint16':
        return this.#number(cursor.u16());
      case 'int32': {
        const value = cursor.i32();
        if (field.role === 'partition') this.#sawPartition(value);
        return this.#number(value);
      }
      case 'int64':
        return this.#long(cursor.int64(), field);
      case 'string':
      case 'topic':
      case 'group':
        this.#values--;
        this.#name(cursor, field, isFlexible);
        return;
      case 'struct':
        if (field.plan === null || (field.isNullable && !field.isArray && cursor.i8() < 0)) return fields.raw('null');
        return this.#struct(cursor, field.plan);
      case 'records':
        return this.#recordSet(cursor, isFlexible);
      case 'bytes':
        return this.#bytes(cursor, isFlexible);
      case 'uuid': {
        const id = cursor.uuid();
        return id === null ? fields.raw('null') : fields.copyOf(nameJson(id));
      }
      default:
        this.isRefused = true;
    }
  }

  /** Most numbers that are not told are -1. */
  #number(value: number): void {
    if (value === -1) this.fields.raw('-1');
    else this.fields.number(value);
  }

  #long(value: number | string, { role }: PlanField): void {
    const topic = this.#topic?.text;
    const partition = this.#partition;
    if (role === 'offset') {
      list(this.offsets, value);
      if (typeof value === 'number') this.offsetsByPlace.set(topic, partition, value);
    } else if (role === 'highWatermark' && typeof value === 'number') this.watermarks.set(topic, partition, value);
    if (typeof value === 'number') this.#number(value);
    else this.fields.text(value);
  }

  /** An id that stands for a topic alone is told with the topic's name. */
  #topicId(cursor: KafkaCursor, isNamed: boolean): void {
    const { fields } = this;
    const id = cursor.uuid();
    if (id === null) return fields.raw('null');
    fields.copyOf(nameJson(id));
    if (isNamed) return;
    this.#values++;
    const topic = nameOf(this.#names.of(id) ?? id);
    this.#tell(topic, 'topicId');
    fields.copyOf(TOPIC);
    fields.copyOf(topic.json);
  }

  /** A string; false where it is null. */
  #name(cursor: KafkaCursor, { role }: PlanField, isFlexible: boolean): boolean {
    this.#values++;
    const length = cursor.stringLength(isFlexible);
    if (length < 0) {
      this.fields.raw('null');
      return false;
    }
    const { bytes, at } = cursor;
    cursor.skip(length);
    if (cursor.isShort) this.isRefused = true;
    else if (role === 'none') writePrintable(this.fields, bytes, at, at + length);
    else {
      const name = nameAt(bytes, at, at + length);
      this.fields.copyOf(name.json);
      this.#tell(name, role);
    }
    return true;
  }

  /** What a name tells of the call. */
  #tell(name: Name, role: PlanField['role']): void {
    const { text } = name;
    this.#told = name;
    if (role === 'transactionalId') this.transactionalId = text;
    if (text === '') return;
    if (role === 'topic' || role === 'topicId') this.#sawTopic(name);
    else if (role === 'group') list(this.groups, text);
    else if (role === 'errorMessage') this.errorMessage ??= text;
  }

  #sawTopic(name: Name): void {
    this.#topic = name;
    list(this.topics, name.text);
  }

  #sawPartition(value: number): void {
    this.#partition = value;
    list(this.partitions, value);
  }

  #recordSet(cursor: KafkaCursor, isFlexible: boolean): void {
    const length = cursor.length(isFlexible);
    const { fields } = this;
    if (length < 0) return fields.raw('null');
    const { bytes, at } = cursor;
    cursor.skip(length);
    if (cursor.isShort || this.#topic === undefined || this.#partition === undefined) {
      this.isRefused = true;
      return;
    }
    this.records.read({ bytes, start: at, end: at + length }, this.#topic, this.#partition);
    fields.raw('"');
    fields.number(length);
    fields.raw(' bytes"');
  }

  #bytes(cursor: KafkaCursor, isFlexible: boolean): void {
    const length = cursor.length(isFlexible);
    if (length < 0) return this.fields.raw('null');
    const { bytes, at } = cursor;
    cursor.skip(length);
    if (!cursor.isShort) writePrintable(this.fields, bytes, at, at + Math.min(length, MAX_BYTES_SHOWN));
  }
}

function list<T>(values: T[], value: T): void {
  if (values.length < MAX_LISTED && !values.includes(value)) values.push(value);
}
