import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonWriter } from '../../json/json-writer.ts';
import { Kept } from './call.ts';
import { KafkaCursor } from './cursor.ts';
import { habitOf } from './habit.ts';
import { embeddedPlan, MAX_EMBEDDED_VERSION, MAX_PLANS, type Plan, type PlanField, planOf } from './plan.ts';
import { Reading } from './reading.ts';
import { RecordList } from './record-list.ts';
import { Facts, scan } from './scan.ts';
import { apiOf, errorOf } from './schema.ts';
import { encode, type Values } from './testing/encode.ts';
import { TopicNames } from './topic-names.ts';
import { WrittenHalf } from './written-half.ts';

const LAST_API = 94;
const NOTHING = new Uint8Array(0);
const apis = Array.from({ length: LAST_API + 1 }, (_, key) => apiOf(key)).filter((api) => api !== undefined);

test('every API from 0 to the newest is described, each version of it in both directions', () => {
  expect(apis.map(({ key }) => key)).toEqual(Array.from({ length: LAST_API + 1 }, (_, key) => key));
  const missing = apis.flatMap(({ key, name, from, to }) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)
      .filter((version) => !planOf(key, 'request', version) || !planOf(key, 'response', version))
      .map((version) => `${name} ${version}`),
  );
  expect(missing).toEqual([]);
  expect(planOf(LAST_API + 1, 'request', 0)).toBeUndefined();
  expect(planOf(0, 'request', 99)).toBeUndefined();
});

test(`there is room for ${MAX_PLANS} plans, one for each message, and no two share it`, () => {
  const numbers = apis.flatMap(({ key, from, to }) =>
    Array.from({ length: to - from + 1 }, (_, index) =>
      (['request', 'response'] as const).map((side) => planOf(key, side, from + index)?.number ?? -1),
    ).flat(),
  );
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(MAX_PLANS);
});

test(`what consumers tell each other is read by version ${MAX_EMBEDDED_VERSION} at most`, () => {
  const newest = embeddedPlan('ConsumerProtocolSubscription', MAX_EMBEDDED_VERSION);
  expect(embeddedPlan('ConsumerProtocolSubscription', MAX_EMBEDDED_VERSION + 1)).toBe(newest);
  expect(embeddedPlan('ConsumerProtocolSubscription', MAX_EMBEDDED_VERSION - 1)).not.toBe(newest);
});

test.each([
  [0, 'Produce', 0, 13],
  [1, 'Fetch', 0, 18],
  [6, 'UpdateMetadata', 0, 8],
  [68, 'ConsumerGroupHeartbeat', 0, 1],
  [74, 'ListConfigResources', 0, 1],
])('API %i is %s, versions %i to %i', (key, name, from, to) => {
  expect(apiOf(key)).toMatchObject({ name, from, to });
});

test('fields come and go with versions', () => {
  const names = (version: number) => planOf(1, 'request', version)?.fields.map(({ name }) => name);
  expect(names(0)).toEqual(['replicaId', 'maxWaitMs', 'minBytes', 'topics']);
  expect(names(18)).not.toContain('replicaId');
  const topic = planOf(1, 'request', 13)?.fields.find(({ name }) => name === 'topics')?.plan?.fields[0];
  expect(topic).toMatchObject({ name: 'topicId', type: 'uuid', role: 'topicId' });
  expect(planOf(1, 'request', 17)?.tagged.get(1)?.name).toBe('replicaState');
  expect(embeddedPlan('ConsumerProtocolSubscription', 99).fields.map(({ name }) => name)).toContain('rackId');
});

test('an error code has its name, an unknown one its number', () => {
  expect(errorOf(3)).toMatchObject({ name: 'UNKNOWN_TOPIC_OR_PARTITION' });
  expect(errorOf(-1)).toMatchObject({ name: 'UNKNOWN_SERVER_ERROR' });
  expect(errorOf(4242)).toMatchObject({ name: 'ERROR_4242' });
});

const text = fc.oneof(fc.stringMatching(/^[a-z0-9.-]{0,12}$/), fc.string({ unit: 'grapheme', maxLength: 4 }));
const numbers: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  uint16: fc.nat(65535),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  float64: fc.integer(),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => Buffer.from(id).toString('base64url')),
  records: fc.constant(null),
  bytes: text,
};

/** With tagged fields, or without. */
type Tags = 'tags' | 'none';

function anyValue(field: PlanField, tags: Tags): fc.Arbitrary<unknown> {
  const one = field.plan === null ? (numbers[field.type] ?? text) : anyMessage(field.plan, tags);
  if (field.isArray) return fc.array(one, { maxLength: 3 });
  return field.isNullable ? fc.option(one) : one;
}
const anyMessage = (plan: Plan, tags: Tags): fc.Arbitrary<Values> =>
  fc.record(
    Object.fromEntries(
      [...plan.fields, ...(tags === 'tags' ? plan.tagged.values() : [])].map((field) => [
        field.name,
        anyValue(field, tags),
      ]),
    ),
  ) as fc.Arbitrary<Values>;

/** Values that are shown otherwise than they are written. */
const shownOtherwise = new Set(['secret', 'subscription', 'assignment', 'topicId']);

/** Names of fields whose value was read differently from what was written. */
function differences(plan: Plan, written: Values, read: Values): string[] {
  return [...plan.fields, ...plan.tagged.values()].flatMap((field) => {
    const [before, after] = [written[field.name], read[field.name]];
    if (shownOtherwise.has(field.role) || field.type === 'uuid' || field.name === 'value') return [];
    if (field.plan === null || before === null || before === undefined) {
      return JSON.stringify(before ?? null) === JSON.stringify(after ?? null) ? [] : [field.name];
    }
    const befores = [before].flat() as Values[];
    const afters = [after].flat() as Values[];
    return befores.flatMap((item, index) => differences(field.plan ?? plan, item, afters[index] ?? {}));
  });
}

describe.each(['request', 'response'] as const)('%s', (side) => {
  test('of any API and version is read to its last byte, and as it was written', () => {
    for (const { key, name, from, to } of apis) {
      for (let version = from; version <= to; version++) {
        const plan = planOf(key, side, version);
        if (plan === undefined) continue;
        fc.assert(
          fc.property(anyMessage(plan, 'tags'), (values) => {
            const bytes = encode(plan, values);
            const scanned = new KafkaCursor(bytes);
            scan(scanned, plan, new Facts());
            expect([name, version, scanned.isShort, scanned.left]).toEqual([name, version, false, 0]);
            const cursor = new KafkaCursor(bytes);
            const read = new Reading(new TopicNames(), new RecordList(1000)).struct(cursor, plan);
            expect([name, version, cursor.isShort, cursor.left]).toEqual([name, version, false, 0]);
            expect([name, version, ...differences(plan, values, read as Values)]).toEqual([name, version]);
          }),
          { numRuns: 4 },
        );
      }
    }
  });

  test('of any API and version is written as it is read', () => {
    const half = new WrittenHalf();
    const json = new JsonWriter();
    const names = new TopicNames();
    let written = 0;
    for (const { key, name, from, to } of apis) {
      for (let version = from; version <= to; version++) {
        const plan = planOf(key, side, version);
        if (plan === undefined) continue;
        fc.assert(
          fc.property(anyMessage(plan, 'none'), fc.nat(20), (values, cut) => {
            const bytes = encode(plan, values);
            const end = cut > 2 ? bytes.length : Math.max(0, bytes.length - cut);
            const reading = new Reading(new TopicNames(), new RecordList(1000));
            const read = reading.struct(new KafkaCursor(bytes, 0, end), plan);
            const habit = habitOf(plan);
            const shape = habit?.shapeOf({ bytes, start: 0, end }, names) ?? null;
            if (shape === null) return;
            const [found, scanned] = [new Facts().reset(true), new Facts().reset(true)];
            expect(habit?.find(new KafkaCursor(bytes, 0, end), names, found)).toBe(shape);
            scan(new KafkaCursor(bytes, 0, end), plan, scanned);
            expect([name, version, found]).toEqual([name, version, scanned]);
            const kept = new Kept();
            kept.hold({ bytes, start: 0, end });
            kept.shape = shape;
            json.length = 0;
            json.isRefused = false;
            half.reset(names, 1000, null);
            half.writeFields(json, kept, NOTHING);
            if (json.isRefused) return;
            written++;
            expect([name, version, Buffer.from(json.written()).toString() || '{}']).toEqual([
              name,
              version,
              JSON.stringify(read),
            ]);
            const { topics, groups, partitions, offsets, errorMessage } = reading;
            expect(half.found).toMatchObject({ topics, groups, partitions, offsets });
            expect(half.found.errorMessage).toBe(errorMessage);
          }),
          { numRuns: 6 },
        );
      }
    }
    // Most are plain.
    expect(written).toBeGreaterThan(1000);
  });
});
