/** Every call here is also held against what it writes of itself. */

import { expect, test } from 'vitest';
import { client, type Dissected, dissectAll, server } from '../../dissect/testing/conversation.ts';
import { MAX_NAMED, MAX_SUMMARY } from './describe.ts';
import { kafka } from './index.ts';
import { MAX_BYTES_SHOWN, MAX_LISTED } from './reading.ts';
import { batch, record, request, response, type Values } from './testing/encode.ts';
import { MAX_COUNT } from './written.ts';

function call(key: number, version: number, asked: Values, told: Values = {}): Dissected | undefined {
  return dissectAll(kafka, [
    client(request({ key, version, id: 1 }, asked)),
    server(response({ key, version, id: 1 }, told)),
  ])[0];
}
const topics = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `t${index}` }));

test(`a summary names ${MAX_NAMED} topics`, () => {
  const names = Array.from({ length: MAX_NAMED }, (_, index) => `t${index}`).join(', ');
  expect(call(3, 1, { topics: topics(MAX_NAMED) })?.summary).toBe(`Metadata ${names}`);
  expect(call(3, 1, { topics: topics(MAX_NAMED + 1) })?.summary).toBe(`Metadata ${names}, …`);
});

test(`a summary is cut at ${MAX_SUMMARY} characters, also where it is written from pieces up to ${MAX_COUNT} before`, () => {
  const records = batch(record(0, 'v'));
  for (let length = MAX_SUMMARY - MAX_COUNT - 20; length < MAX_SUMMARY + 5; length++) {
    const name = 'n'.repeat(length);
    const whole = `Produce ${name} (1 record)`;
    const summary = call(0, 9, { acks: 1, topicData: [{ name, partitionData: [{ index: 0, records }] }] })?.summary;
    expect(summary).toBe(whole.length > MAX_SUMMARY ? `${whole.slice(0, MAX_SUMMARY)}…` : whole);
  }
});

test(`of a call ${MAX_LISTED} partitions and offsets of each half are listed`, () => {
  const partitions = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ partition: index, fetchOffset: index + 7 }));
  const listed = (count: number) =>
    call(1, 11, { topics: [{ topic: 'orders', partitions: partitions(count) }] })?.data?.['kafka'];
  for (const count of [MAX_LISTED, MAX_LISTED + 1])
    expect(listed(count)).toMatchObject({ partition: { length: MAX_LISTED }, offset: { length: MAX_LISTED } });
});

test(`of a field of bytes ${MAX_BYTES_SHOWN} are shown`, () => {
  const shown = (length: number) => call(14, 0, { assignments: [{ assignment: Buffer.alloc(length, 'x') }] });
  for (const length of [MAX_BYTES_SHOWN, MAX_BYTES_SHOWN + 1])
    expect(shown(length)?.request?.['fields']).toMatchObject({
      assignments: [{ assignment: 'x'.repeat(MAX_BYTES_SHOWN) }],
    });
});
