import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_BATCHES, MAX_RECORDS, MAX_UNPACKED_BYTES, RecordList } from './record-list.ts';
import { MAX_HEADERS, readRecords } from './records.ts';
import { batch, i32, i64, oldMessage, record, u8, varint } from './testing/encode.ts';

const place = { topic: 'orders', partition: 0 };

function read(bytes: Uint8Array, maxBytes = 100_000): RecordList {
  const list = new RecordList(maxBytes);
  readRecords(bytes, place, list);
  return list;
}
const values = (bytes: Uint8Array) => read(bytes).values;
const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;
const two = Buffer.concat([record(0, 'a'), record(1, 'b')]);
/** Snappy: the length, then one literal. */
const snappy = (bytes: Uint8Array) => Buffer.concat([varint(bytes.length / 2), u8((bytes.length - 1) << 2), bytes]);
const xerial = (...blocks: Uint8Array[]) =>
  Buffer.concat([
    Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]),
    i32(1),
    i32(1),
    ...blocks.flatMap((block) => [i32(block.length), block]),
  ]);
/** An LZ4 frame of one block that is not compressed. */
const lz4 = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from('04224d18604082', 'hex'), i32(bytes.length | 0x8000_0000).swap32(), bytes, i32(0)]);

test.each([
  ['none', batch(two, { count: 2 })],
  ['gzip', batch(gzipSync(two), { count: 2, attributes: GZIP })],
  ['snappy', batch(snappy(two), { count: 2, attributes: SNAPPY })],
  ['snappy in the framing of Java', batch(xerial(snappy(two)), { count: 2, attributes: SNAPPY })],
  [
    'snappy in two blocks',
    batch(xerial(snappy(two.subarray(0, 5)), snappy(two.subarray(5))), { count: 2, attributes: SNAPPY }),
  ],
  ['lz4', batch(lz4(two), { count: 2, attributes: LZ4 })],
  ['zstd', batch(zstdCompressSync(two), { count: 2, attributes: ZSTD })],
])('a batch packed with %s', (_, bytes) => {
  expect(read(bytes)).toMatchObject({ values: ['a', 'b'], count: 2, isTruncated: false, faults: [] });
});

test('two messages of formats 0 and 1', () => {
  expect(values(Buffer.concat([oldMessage(Buffer.from('x'), { magic: 0 }), oldMessage(Buffer.from('y'))]))).toEqual([
    'x',
    'y',
  ]);
});

test('messages inside a compressed one count from 0 in format 1 and say their own offsets in format 0', () => {
  const inside = (magic: number, first: number) =>
    gzipSync(
      Buffer.concat([
        oldMessage(Buffer.from('x'), { magic, offset: first }),
        oldMessage(Buffer.from('y'), { magic, offset: first + 1 }),
      ]),
    );
  const offsets = (bytes: Uint8Array) => read(bytes).records.map(({ offset }) => offset);
  expect(offsets(oldMessage(inside(1, 0), { attributes: GZIP, offset: 41 }))).toEqual([40, 41]);
  expect(offsets(oldMessage(inside(0, 40), { magic: 0, attributes: GZIP, offset: 41 }))).toEqual([40, 41]);
});

test('a compressed message inside a compressed one is refused', () => {
  const inner = oldMessage(gzipSync(oldMessage(Buffer.from('x'))), { attributes: GZIP });
  expect(read(oldMessage(gzipSync(inner), { attributes: GZIP }))).toMatchObject({
    values: [],
    faults: ['a compressed message inside another'],
  });
});

test('a batch that brokers cut off at the end gives the records that are there', () => {
  const whole = batch(two, { count: 2 });
  expect(read(whole.subarray(0, whole.length - 1))).toMatchObject({ values: ['a'], faults: [], isTruncated: true });
  expect(read(Buffer.concat([whole, whole.subarray(0, 30)]))).toMatchObject({ values: ['a', 'b'], faults: [] });
});

test('control records are told by name and are no records', () => {
  const key = Buffer.from([0, 0, 0, 1]);
  const fields = [u8(0), varint(0), varint(0), varint(key.length), key, varint(0), varint(0)];
  const body = Buffer.concat(fields);
  const list = read(batch(Buffer.concat([varint(body.length), body]), { attributes: 0x30 }));
  expect(list.records).toEqual([{ ...place, offset: 0, control: 'COMMIT' }]);
  expect(list).toMatchObject({ count: 0, batches: [{ isControl: true, isTransactional: true }] });
});

test.each([
  ['a codec that does not exist', batch(two, { attributes: 7 }), 'codec 7: broken data'],
  ['gzip that is none', batch(two, { attributes: GZIP }), 'gzip: broken data'],
  ['zstd that is none', batch(two, { attributes: ZSTD }), 'zstd: broken data'],
  [
    'snappy framing whose block lies',
    batch(xerial(i32(0x7fff_ffff)).subarray(0, 20), { attributes: SNAPPY }),
    'snappy: broken data',
  ],
  ['a record longer than its batch', batch(varint(1000)), 'a record longer than its batch'],
  ['a record of negative length', batch(varint(-5)), 'a record longer than its batch'],
  [
    'a record shorter than its fields',
    batch(Buffer.concat([varint(2), u8(0), u8(0)])),
    'a record shorter than its fields',
  ],
  ['a batch of negative length', Buffer.concat([i64(0), i32(-1), Buffer.alloc(60)]), 'negative length of a batch'],
  [
    'a format nobody knows',
    Buffer.concat([i64(0), i32(20), i32(0), u8(9), Buffer.alloc(30)]),
    'records of an unknown format 9',
  ],
  [
    'a batch without its header',
    Buffer.concat([i64(0), i32(20), i32(0), u8(2), Buffer.alloc(30)]),
    'a batch without its header',
  ],
])('%s is a fault and no more', (_, bytes, fault) => {
  expect(read(bytes).faults).toEqual([fault]);
});

test('a count that lies costs no more than the bytes there are', () => {
  expect(read(batch(two, { count: 2 ** 31 - 1 }))).toMatchObject({ values: ['a', 'b'], count: 2 ** 31 - 1 });
});

test(`of more than ${MAX_RECORDS} records the first are shown and all are counted`, () => {
  const count = MAX_RECORDS + 10;
  const packed = Buffer.concat(Array.from({ length: count }, (_, index) => record(index, 'v')));
  const list = read(Buffer.concat([batch(packed, { count }), batch(two, { count: 2 })]));
  expect(list).toMatchObject({ count: count + 2, isTruncated: true });
  expect(list.records.length).toBe(MAX_RECORDS);
});

test(`of more than ${MAX_BATCHES} batches the first are listed, the records of all are shown`, () => {
  const list = (count: number) => read(Buffer.concat(Array<Buffer>(count).fill(batch(record(0, 'v')))));
  expect(list(MAX_BATCHES)).toMatchObject({ batches: { length: MAX_BATCHES }, isTruncated: false });
  expect(list(MAX_BATCHES + 1)).toMatchObject({
    batches: { length: MAX_BATCHES },
    records: { length: MAX_BATCHES + 1 },
    isTruncated: true,
  });
});

test(`of a record's headers the first ${MAX_HEADERS} are shown`, () => {
  const headers = Array.from({ length: MAX_HEADERS + 1 }, (_, index) => [`h${index}`, null] as const);
  const shown = read(batch(record(0, 'v', { headers }))).records[0]?.['headers'] ?? {};
  expect(Object.keys(shown)).toEqual(headers.slice(0, MAX_HEADERS).map(([name]) => name));
});

test('keys and values are kept up to the limit', () => {
  const list = read(batch(Buffer.concat([record(0, 'x'.repeat(60)), record(1, 'y'.repeat(60))]), { count: 2 }), 100);
  expect(list).toMatchObject({ values: ['x'.repeat(60), 'y'.repeat(40)], isTruncated: true });
});

test.each([
  ['gzip', GZIP, gzipSync(Buffer.alloc(64 * 1024 * 1024))],
  ['zstd', ZSTD, zstdCompressSync(Buffer.alloc(64 * 1024 * 1024))],
])('a bomb of %s is unpacked no further than the limit', (_, attributes, packed) => {
  const list = new RecordList(100);
  const bytes = list.inflate(packed, attributes);
  expect(bytes?.length ?? 0).toBeLessThanOrEqual(MAX_UNPACKED_BYTES);
  expect(list.isTruncated || list.faults.length > 0).toBe(true);
});

test('bombs of one call share the limit', () => {
  const list = new RecordList(100);
  const packed = gzipSync(Buffer.alloc(3 * 1024 * 1024));
  const total = [1, 2, 3].reduce((sum) => sum + (list.inflate(packed, GZIP)?.length ?? 0), 0);
  expect(total).toBeLessThanOrEqual(MAX_UNPACKED_BYTES);
});

test('a timestamp no calendar has is shown as its number', () => {
  const bytes = batch(record(0, 'v'));
  bytes.writeBigInt64BE(2n ** 60n, 27);
  expect(read(bytes).records[0]?.['timestamp']).toBe(2 ** 60);
});

test('any bytes are survived', () => {
  const starts = [batch(two, { count: 2 }), oldMessage(gzipSync(oldMessage(two)), { attributes: GZIP })];
  fc.assert(
    fc.property(
      fc.constantFrom(...starts),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
      (start, changes) => {
        const bytes = Buffer.from(start);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        read(bytes);
      },
    ),
  );
});
