/** What is kept of earlier messages must never show in another. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../../json/json-writer.ts';
import { Kept } from './call.ts';
import { KafkaCursor } from './cursor.ts';
import { MAX_CHANGES, MAX_KEPT_BYTES } from './field-habit.ts';
import { Habit, habitOf } from './habit.ts';
import { planOf } from './plan.ts';
import { Reading } from './reading.ts';
import { RecordList } from './record-list.ts';
import { Facts, scan } from './scan.ts';
import { encode, type Values } from './testing/encode.ts';
import { TopicNames } from './topic-names.ts';
import { WrittenHalf } from './written-half.ts';

const half = new WrittenHalf();
const json = new JsonWriter();
const NOTHING = new Uint8Array(0);
const ID = 'okcZBTVtQcKb0IfuJimKUg';

function planFor(key: number, side: 'request' | 'response', version: number) {
  const plan = planOf(key, side, version);
  if (plan === undefined) throw new Error(`no plan for ${key} ${side} ${version}`);
  return plan;
}

/** Holds what is written of a message against what is read of it. */
function writtenAs(
  key: number,
  side: 'request' | 'response',
  version: number,
  values: Values,
  names = new TopicNames(),
) {
  const plan = planFor(key, side, version);
  const bytes = encode(plan, values);
  const reading = new Reading(names, new RecordList(1000));
  const read = JSON.stringify(reading.struct(new KafkaCursor(bytes), plan));
  const kept = new Kept();
  kept.hold({ bytes, start: 0, end: bytes.length });
  const habit = habitOf(plan);
  kept.shape = habit?.shapeOf({ bytes, start: 0, end: bytes.length }, names) ?? null;
  const [found, scanned] = [new Facts().reset(true), new Facts().reset(true)];
  expect(habit?.find(new KafkaCursor(bytes), names, found)).toBe(kept.shape);
  scan(new KafkaCursor(bytes), plan, scanned);
  expect(found).toEqual(scanned);
  json.length = 0;
  json.isRefused = false;
  half.reset(names, 1000, null);
  half.writeFields(json, kept, NOTHING);
  expect([Buffer.from(json.written()).toString(), json.isRefused]).toEqual([read, false]);
  const { topics, groups, partitions, offsets, errorMessage } = reading;
  const transactionalId = JSON.parse(read).transactionalId ?? undefined;
  expect(half.found).toMatchObject({ topics, groups, partitions, offsets });
  expect([half.found.errorMessage, half.found.transactionalId]).toEqual([errorMessage, transactionalId]);
  return read;
}

test('messages that differ here and there are written as they are read, in any order', () => {
  const few = <T>(...values: T[]) => fc.constantFrom(...values);
  const name = few('', 'a', 'orders', 'orders "2"', 'ü');
  const partition = fc.record({
    index: few(0, 1, 7),
    errorCode: few(0, 0, 0, 3),
    baseOffset: fc.nat(3),
    logStartOffset: few(0, -1, 2 ** 52),
    errorMessage: few(null, null, 'too large', ''),
    recordErrors: few([], [], [{ batchIndex: 1, batchIndexErrorMessage: 'bad' }]),
  });
  const answer = fc.record({
    responses: fc.array(
      fc.record({ name, topicId: few(ID, null), partitionResponses: fc.array(partition, { maxLength: 3 }) }),
      { maxLength: 2 },
    ),
    throttleTimeMs: few(0, 0, 9),
  });
  const request = fc.record({
    transactionalId: few(null, null, 'tx', 'tx-2', ''),
    acks: few(-1, 1),
    topicData: few([]),
  });
  const commit = fc.record({
    groupId: few('billing', 'shipping', ''),
    memberId: few('m-1', 'm-2'),
    groupInstanceId: few(null, 'i'),
    topics: fc.array(
      fc.record({
        name,
        partitions: fc.array(
          fc.record({ partitionIndex: few(0, 4), committedOffset: fc.nat(5), committedMetadata: few('', null) }),
          {
            maxLength: 2,
          },
        ),
      }),
      { maxLength: 2 },
    ),
  });
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          ...[5, 9, 13].map((version) => answer.map((values) => [0, 'response', version, values] as const)),
          ...[3, 13].map((version) => request.map((values) => [0, 'request', version, values] as const)),
          ...[2, 9].map((version) => commit.map((values) => [8, 'request', version, values] as const)),
        ),
        { minLength: 20, maxLength: 40 },
      ),
      (messages) => {
        for (const [key, side, version, values] of messages) writtenAs(key, side, version, values as Values);
      },
    ),
    { numRuns: 40 },
  );
});

test('a topic whose name is learnt later, or is another, is told by its name from then on', () => {
  const names = new TopicNames();
  const asked = { topics: [{ topicId: ID, partitions: [{ partition: 1, fetchOffset: 5 }] }] };
  const told = () => writtenAs(1, 'request', 13, asked, names);
  expect([told(), told()]).toEqual([expect.not.stringContaining('orders'), expect.not.stringContaining('orders')]);
  names.learn('orders', ID);
  expect([told(), told()]).toEqual([expect.stringContaining('"orders"'), expect.stringContaining('"orders"')]);
  names.learn('orders-2', ID);
  expect([told(), told()]).toEqual([expect.stringContaining('"orders-2"'), expect.stringContaining('"orders-2"')]);
  expect(writtenAs(1, 'request', 13, asked)).not.toContain('orders');
});

/** The fields that differ, after heartbeats of these members. */
function differingAfter(members: readonly string[]): readonly (string | undefined)[] {
  const plan = planFor(12, 'request', 0);
  const habit = new Habit(plan);
  for (const memberId of members) {
    const bytes = encode(plan, { groupId: 'billing', generationId: 1, memberId });
    expect(habit.shapeOf({ bytes, start: 0, end: bytes.length }, new TopicNames())).not.toBeNull();
  }
  return habit.shape?.stretches.map(({ next }) => next?.field.name) ?? [];
}

test(`a field that changes more than ${MAX_CHANGES} times stands by itself`, () => {
  const members = Array.from({ length: MAX_CHANGES + 2 }, (_, change) => `member-${change}`);
  expect(differingAfter(members.slice(1))).toEqual([undefined]);
  expect(differingAfter(members)).toEqual(['memberId', undefined]);
});

test(`a field longer than ${MAX_KEPT_BYTES} bytes is not kept`, () => {
  const lengthBytes = 2;
  expect(differingAfter(['m'.repeat(MAX_KEPT_BYTES - lengthBytes)])).toEqual([undefined]);
  expect(differingAfter(['m'.repeat(MAX_KEPT_BYTES - lengthBytes + 1)])).toEqual(['memberId', undefined]);
});
