import fc from 'fast-check';
import { BSON, Double, Long, MaxKey, ObjectId, Timestamp, UUID } from 'mongodb';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { bsonDocument } from './bson.ts';
import { MAX_LEARNT_BYTES } from './bson-habit.ts';
import { BsonWriter } from './bson-json.ts';
import { BsonShapes, MAX_PLACES } from './bson-places.ts';
import { le32, leDouble } from './little-endian.ts';

const shapes = new BsonShapes({
  hides: (name) => name === 'hidden',
  isSecret: (name) => name === 'secret',
  roleOf: () => 0,
});

/** What is written of the document at `start`; null where it is refused. */
function written(bytes: Uint8Array, start = 0): string | null {
  const json = new JsonWriter();
  new BsonWriter().begin(json, { bytes, end: bytes.length }, start, shapes.root);
  json.raw('}');
  return json.isRefused ? null : Buffer.from(json.written()).toString();
}

const leaf = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(null, new MaxKey(), /a+/i, new Double(2), new Timestamp({ t: 7, i: 1 })),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new UUID(bytes)),
);
const key = fc.constantFrom('a', 'b', 'c', 'größe', 'a"b', '', '$id');
const { document } = fc.letrec<{ value: unknown; document: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, tie('document'), fc.array(tie('value'), { maxLength: 3 })),
  document: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
}));

test('a document is written as what is read of it', () => {
  let refused = 0;
  fc.assert(
    fc.property(document, fc.nat(9), (value, start) => {
      const bytes = Buffer.concat([Buffer.alloc(start), BSON.serialize(value)]);
      const json = written(bytes, start);
      if (json === null) refused++;
      else expect(json).toBe(JSON.stringify(bsonDocument(bytes, start).value));
    }),
    { numRuns: 300 },
  );
  expect(refused).toBe(0);
});

test('bytes that are changed or cut are refused, or written as what is read of them', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(document, changes, fc.nat(3), (value, list, cut) => {
      const whole = BSON.serialize(value);
      for (const [at, byte] of list) whole[at % whole.length] = byte;
      const bytes = whole.subarray(0, whole.length - cut);
      const json = written(bytes);
      if (json !== null) expect(json).toBe(JSON.stringify(bsonDocument(bytes, 0).value));
    }),
    { numRuns: 500 },
  );
});

test('of many documents as many are written as are read; long texts are refused', () => {
  const bytes = BSON.serialize({
    list: Array.from({ length: 30 }, (_, a) => ({ a })),
    numbers: Array(30).fill(7),
    z: 1,
  });
  expect(written(bytes)).toBe(JSON.stringify(bsonDocument(bytes, 0).value));
  expect(written(BSON.serialize({ a: 'a'.repeat(4096) }))).not.toBeNull();
  expect(written(BSON.serialize({ a: 'a'.repeat(4097) }))).toBeNull();
});

test('members that come twice, or that objects have in another order, are refused', () => {
  const twice = BSON.serialize({ a: 1, b: 2 });
  twice[12] = 0x61;
  expect(written(twice)).toBeNull();
  expect(written(BSON.serialize({ 7: 1 }))).toBeNull();
});

test('secrets inside of what hides them are marks', () => {
  const bytes = BSON.serialize({
    secret: 1,
    hidden: { a: [{ secret: 'x' }], secret: true },
    a: { hidden: { secret: 2 } },
  });
  expect(written(bytes)).toBe(
    '{"secret":1,"hidden":{"a":[{"secret":"[REDACTED]"}],"secret":true},"a":{"hidden":{"secret":2}}}',
  );
});

test('numbers are read as DataView reads them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      expect(leDouble(bytes, 0)).toBe(view.getFloat64(0, true));
      expect(le32(bytes, 4)).toBe(view.getInt32(4, true));
    }),
  );
});

test('values that are the same again, and then others, are what they are', () => {
  const shapes = new BsonShapes({ hides: () => false, isSecret: () => false, roleOf: () => 0 });
  const writer = new BsonWriter();
  const documents = fc.record({
    flag: fc.constantFrom(true, false),
    limit: fc.constantFrom(1, 1, 1, 2, 2.5, null),
    name: fc.constantFrom('orders', 'orders', 'größe', 'x'.repeat(MAX_LEARNT_BYTES), ''),
    list: fc.constantFrom([], [{ a: 1 }], [{ a: 1 }, { b: [2] }]),
    inside: fc.record({ a: fc.constantFrom(1, 2), b: fc.constantFrom({}, { c: 'c' }) }),
    id: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(documents, { maxLength: 40 }), fc.nat(9), (values, times) => {
      for (const value of values.flatMap((one) => Array.from({ length: times }, () => one))) {
        const bytes = BSON.serialize(value);
        const json = new JsonWriter();
        writer.begin(json, { bytes, end: bytes.length }, 0, shapes.root);
        json.raw('}');
        expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify(value));
        bytes.fill(0);
      }
    }),
  );
});

test('shapes are found again among many, and a flood of names is forgotten', () => {
  const shapes = new BsonShapes({ hides: () => false, isSecret: () => false, roleOf: () => 0 });
  const writer = new BsonWriter();
  const first = shapes.root;
  for (let count = 0; count <= MAX_PLACES; count++) {
    const [a, b, c] = [count % 30, Math.floor(count / 30) % 30, Math.floor(count / 900)];
    const value = { [`a${a}`]: { [`b${b}`]: { [`c${c}`]: 1 }, [`d${count}`]: {} }, list: [[{ a }], { a: [] }, null] };
    const bytes = BSON.serialize(value);
    const json = new JsonWriter();
    writer.begin(json, { bytes, end: bytes.length }, 0, shapes.root);
    json.raw('}');
    expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify(value));
  }
  expect(shapes.root).not.toBe(first);
});
