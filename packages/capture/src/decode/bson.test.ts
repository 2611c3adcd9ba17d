import fc from 'fast-check';
import { Binary, BSON, Decimal128, Double, Int32, Long, MaxKey, ObjectId, Timestamp, UUID } from 'mongodb';
import { expect, test } from 'vitest';
import { bsonDocument, MAX_DEPTH, MAX_DOCUMENTS, MAX_VALUES } from './bson.ts';
import { countMembers, eachMember } from './bson-members.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const read = (document: BSON.Document) => bsonDocument(BSON.serialize(document), 0);

test.each([
  ['double', new Double(1.5), 1.5],
  ['string', 'hé', 'hé'],
  ['document', { a: 1 }, { a: 1 }],
  ['array', [1, 'x', [true]], [1, 'x', [true]]],
  ['binary', new Binary(Buffer.from([0, 255])), '0x00ff'],
  ['uuid', new UUID('01234567-89ab-4def-8123-456789abcdef'), '01234567-89ab-4def-8123-456789abcdef'],
  ['object id', new ObjectId('65a1b2c3d4e5f60718293a4b'), '65a1b2c3d4e5f60718293a4b'],
  ['date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['null', null, null],
  ['regex', /^a/i, '/^a/i'],
  ['int32', new Int32(-7), -7],
  ['int64', Long.fromNumber(7), 7],
  ['int64 past 2^53 keeps its digits', Long.fromString('9223372036854775807'), '9223372036854775807'],
  ['timestamp', Timestamp.fromBits(2, 1_700_000_000), 'Timestamp(1700000000, 2)'],
  ['max key', new MaxKey(), 'MaxKey'],
])('%s', (_name, value, expected) => {
  expect(read({ value })).toEqual({ value: { value: expected }, isCut: false });
});

test('decimals are written as the official library writes them', () => {
  const texts = ['0', '1', '-1', '19.90', '0.001', '-123456789012345678901234567890.1234', '1E+10', 'NaN', '-Infinity'];
  for (const text of texts) expect(read({ value: Decimal128.fromString(text) }).value).toEqual({ value: text });
});

test('documents are read as the official library reads them', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const document = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => !name.includes('\0')),
    fc.oneof(leaf, fc.array(leaf, { maxLength: 5 }), fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), leaf)),
  );
  fc.assert(
    fc.property(document, (value) => {
      const expected = JSON.parse(JSON.stringify(BSON.deserialize(BSON.serialize(value)))) as unknown;
      expect(JSON.parse(JSON.stringify(read(value).value))).toEqual(expected);
    }),
  );
});

test.each([
  ['nothing', ''],
  ['a length alone', 'ff000000'],
  ['a length that is negative', 'ffffffff 10 6100 01000000 00'],
  ['a length that is zero', '00000000'],
  ['a text that claims too much', '10000000 02 6100 ffffff7f 78 00 00'],
  ['an unknown type', '0a000000 55 6100 01020304'],
  ['a name without an end', '0a000000 10 61616161'],
])('%s is contained', (_name, bytes) => {
  expect(() => bsonDocument(hex(bytes), 0)).not.toThrow();
  expect(() => countMembers(hex(bytes), 0, 100)).not.toThrow();
});

test('what is there of a cut document is read', () => {
  const whole = BSON.serialize({ a: 1, text: 'abcdef', c: 3 });
  expect(bsonDocument(whole.subarray(0, 20), 0)).toMatchObject({ value: { a: 1 }, isCut: true });
});

test('documents nest no deeper than the limit', () => {
  let value: BSON.Document = { end: true };
  for (let depth = 0; depth < MAX_DEPTH + 10; depth++) value = { a: value };
  const { value: found, isCut } = read(value);
  expect(isCut).toBe(true);
  expect(JSON.stringify(found).split('"a"')).toHaveLength(MAX_DEPTH + 1);
});

test('values are kept up to the limit, documents of a list up to theirs', () => {
  const many = read({ list: Array.from({ length: MAX_VALUES + 10 }, () => 1) });
  expect(many.isCut).toBe(true);
  expect(many.value['list']).toHaveLength(MAX_VALUES - 1);
  const documents = read({ list: Array.from({ length: MAX_DOCUMENTS + 1 }, (_, n) => ({ n })) });
  expect(documents.isCut).toBe(true);
  expect(documents.value['list']).toHaveLength(MAX_DOCUMENTS);
});

test('members are gone over without reading them, and counted', () => {
  const bytes = BSON.serialize({ a: 'x', b: { c: 1 }, d: [1, 2, 3], e: /x/, f: new ObjectId(), g: 1.5, h: Long.ONE });
  const names: string[] = [];
  eachMember(bytes, 0, ({ name }) => names.push(name) === 99);
  expect(names).toEqual(['a', 'b', 'd', 'e', 'f', 'g', 'h']);
  eachMember(bytes, 0, ({ name, at }) => name === 'd' && expect(countMembers(bytes, at, bytes.length)).toBe(3));
});

test('any bytes are read without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      bsonDocument(bytes, 0);
      countMembers(bytes, 0, bytes.length);
    }),
    { numRuns: 500 },
  );
});
