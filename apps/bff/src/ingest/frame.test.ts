import { zstdCompressSync } from 'node:zlib';
import { MAX_BATCH_BYTES, MAX_BATCH_ENTRIES } from '@kubeshark/contract';
import { anHttpEntry, START_MICROS } from '@kubeshark/testkit';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { frameOf } from '../testing/agent.ts';
import { decodeFrame, faultOf, frameSource } from './frame.ts';

test('a batch comes out as it went in', async () => {
  const entries = [anHttpEntry(0, { id: '1' }), anHttpEntry(0, { id: '2', response: null, latency: null })];
  expect(await decodeFrame(frameOf(7, entries), START_MICROS)).toEqual({
    kind: 'batch',
    batch: { sequence: 7, entries, refused: new Map(), unpackedBytes: expect.any(Number) },
  });
});

test('a frame gives the same entries again, those that were taken', async () => {
  const early = anHttpEntry(0, { id: '1' });
  // An hour later it would be no more from the future.
  const frame = frameOf(1, ['nonsense', early, anHttpEntry(7_200, { id: '2' }), anHttpEntry(0, { id: '3' })]);
  const decoded = await decodeFrame(frame, START_MICROS);
  if (decoded.kind !== 'batch') return expect.unreachable();
  expect(decoded.batch.entries.map(({ id }) => id)).toEqual(['1', '3']);
  const source = frameSource(frame, decoded.batch, START_MICROS);
  expect(source.entries()).toEqual(decoded.batch.entries);
  expect(source).toMatchObject({ count: 2, bytes: decoded.batch.unpackedBytes });
});

test.each([
  ['not an object', 5, 'not an object'],
  ['a list', [], 'not an object'],
  ['a numeric id', anHttpEntry(0, { id: 5 as never }), 'bad id'],
  ['a path as id', anHttpEntry(0, { id: '../1' }), 'bad id'],
  ['a negative time', anHttpEntry(0, { timestamp: -1 }), 'bad timestamp'],
  ['a time that is not a number', anHttpEntry(0, { timestamp: Number.NaN }), 'bad timestamp'],
  ['a time two hours ahead', anHttpEntry(0, { timestamp: START_MICROS + 7_200_000_000 }), 'from the future'],
  ['no source', anHttpEntry(0, { src: undefined as never }), 'no endpoints'],
  ['a request that is text', anHttpEntry(0, { request: 'GET /' as never }), 'bad message'],
  ['no connection', anHttpEntry(0, { connection: undefined as never }), 'no connection'],
  ['no summary', anHttpEntry(0, { summary: undefined as never }), 'no summary'],
  ['no protocol', anHttpEntry(0, { protocol: undefined as never }), 'no protocol'],
])('an entry with %s is refused by name', (_name, value, fault) => {
  expect(faultOf(value, START_MICROS)).toBe(fault);
});

test('an entry of 1970 is taken: captures of devices without a clock have them', () => {
  expect(faultOf(anHttpEntry(0, { timestamp: 0 }), START_MICROS)).toBeUndefined();
});

test('one bad entry costs itself, not its batch', async () => {
  const decoded = await decodeFrame(frameOf(1, [anHttpEntry(), 'nonsense']), START_MICROS);
  expect(decoded).toMatchObject({ batch: { entries: [anHttpEntry()], refused: new Map([['not an object', 1]]) } });
});

const packed = (value: unknown) => new Packr({ useRecords: true }).pack(value);
const framed = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 9]), bytes]);

test.each([
  ['nothing', Buffer.alloc(0), undefined],
  ['a sequence alone', Buffer.alloc(8), undefined],
  ['a sequence beyond 2^53', Buffer.alloc(20, 0xff), undefined],
  ['what is not zstd', framed(Buffer.from('plain')), 9],
  ['zstd of what is not msgpack', framed(zstdCompressSync(Buffer.from([0xc1]))), 9],
  ['an object instead of a list', framed(zstdCompressSync(packed({ a: 1 }))), 9],
  [
    'too many entries',
    frameOf(
      9,
      Array.from({ length: MAX_BATCH_ENTRIES + 1 }, () => 0),
    ),
    9,
  ],
  ['a bomb that unpacks beyond the limit', framed(zstdCompressSync(Buffer.alloc(MAX_BATCH_BYTES + 1))), 9],
])('a frame of %s is bad, with its sequence when there is one', async (_name, frame, sequence) => {
  expect(await decodeFrame(frame, START_MICROS)).toMatchObject({ kind: 'bad', sequence });
});

test('no bytes make it throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, isCompressed) => {
      await decodeFrame(framed(isCompressed ? zstdCompressSync(bytes) : bytes), START_MICROS);
    }),
  );
});
