/** What a call is found by, as one of its messages tells it field by field: what `Reading` finds, when it is written instead. */

import type { Name } from './names.ts';
import { empty, Places } from './places.ts';
import type { PlanField } from './plan.ts';
import { MAX_LISTED } from './reading.ts';

export class Found {
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
  /** What was named last: what follows is of it. */
  topic: Name | undefined;
  partition: number | undefined;

  reset(): void {
    empty(this.topics);
    empty(this.groups);
    empty(this.partitions);
    empty(this.offsets);
    this.offsetsByPlace.clear();
    this.watermarks.clear();
    this.errorMessage = undefined;
    this.transactionalId = undefined;
    this.topic = undefined;
    this.partition = undefined;
  }

  takeName(name: Name, role: PlanField['role']): void {
    const { text } = name;
    if (role === 'transactionalId') this.transactionalId = text;
    if (text === '') return;
    if (role === 'topic' || role === 'topicId') {
      this.topic = name;
      list(this.topics, text);
    } else if (role === 'group') list(this.groups, text);
    else if (role === 'errorMessage') this.errorMessage ??= text;
  }

  takePartition(value: number): void {
    this.partition = value;
    list(this.partitions, value);
  }

  takeLong(value: number | string, role: PlanField['role']): void {
    const { topic, partition } = this;
    if (role === 'offset') list(this.offsets, value);
    if (typeof value !== 'number') return;
    if (role === 'offset') this.offsetsByPlace.set(topic?.text, partition, value);
    else if (role === 'highWatermark') this.watermarks.set(topic?.text, partition, value);
  }
}

function list<T>(values: T[], value: T): void {
  if (values.length < MAX_LISTED && !values.includes(value)) values.push(value);
}
