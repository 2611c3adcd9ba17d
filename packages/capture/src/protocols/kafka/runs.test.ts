/** What is kept of earlier messages must never show in another. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Kept } from './call.ts';
import { KafkaCursor } from './cursor.ts';
import { type PlanField, planOf } from './plan.ts';
import { Reading } from './reading.ts';
import { RecordList } from './record-list.ts';
import { MAX_CHANGES, MAX_KEPT_BYTES, Runs } from './runs.ts';
import { fieldsOf } from './schema.ts';
import { encode, type Values } from './testing/encode.ts';
import { TopicNames } from './topic-names.ts';
import { WrittenHalf } from './written-half.ts';

const half = new WrittenHalf();
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
  half.reset(names, 1000, null);
  expect(half.read(new Kept().set(bytes, 0, bytes.length, true), plan)).toBe(true);
  expect(Buffer.from(half.fields.written()).toString()).toBe(read);
  const { topics, groups, partitions, offsets, errorMessage } = reading;
  expect(half).toMatchObject({ topics, groups, partitions, offsets });
  expect(half.errorMessage).toBe(errorMessage);
  expect(half.transactionalId).toBe(JSON.parse(read).transactionalId ?? undefined);
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

/** Runs over three strings, which are told one by one. */
function runsOfThree() {
  const fields = planFor(12, 'request', 0).fields.filter(({ name }) => name !== 'generationId');
  const [group, member] = fields;
  if (group === undefined || member === undefined)
    throw new Error(`other fields: ${JSON.stringify(fieldsOf(12, 'request', 0))}`);
  const runs = new Runs([group, member], false);
  const tell = (index: number, field: PlanField, text: string) => {
    const bytes = Buffer.from(text);
    const json = Buffer.from(JSON.stringify(text));
    runs.learn(index, field, { bytes, json, values: 1, told: undefined, names: new TopicNames(), namesChanges: 0 });
  };
  return {
    runs,
    says: (groupId: string, memberId: string) => {
      tell(0, group, groupId);
      tell(1, member, memberId);
      runs.settle();
    },
  };
}

test(`a field that changes more than ${MAX_CHANGES} times stands by itself`, () => {
  const { runs, says } = runsOfThree();
  for (let change = 0; change <= MAX_CHANGES; change++) says('billing', `${change}`);
  expect(runs.list.map(({ next }) => next?.name)).toEqual([undefined]);
  says('billing', 'another');
  expect(runs.list.map(({ next }) => next?.name)).toEqual(['memberId', undefined]);
  expect(runs.list.map(({ bytes }) => Buffer.from(bytes ?? []).toString())).toEqual(['billing', '']);
});

test(`a field longer than ${MAX_KEPT_BYTES} bytes is not kept`, () => {
  const { runs, says } = runsOfThree();
  says('billing', 'm'.repeat(MAX_KEPT_BYTES));
  expect(runs.list).toHaveLength(1);
  says('billing', 'm'.repeat(MAX_KEPT_BYTES + 1));
  expect(runs.list.map(({ next }) => next?.name)).toEqual(['memberId', undefined]);
});
