import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHar } from '../export/har.ts';
import { RecordingError } from '../format/recording-error.ts';
import { collect } from '../testing/collect.ts';
import { readCalls } from './read-calls.ts';

const capture = readFileSync(path.resolve(import.meta.dirname, '../../../capture/fixtures/http/node-shop/input.pcap'));

async function* cut(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function callsIn(bytes: Uint8Array, size?: number): Promise<Entry[]> {
  const parts = await collect(readCalls(cut(bytes, size)));
  return parts.flatMap((part) => (part.kind === 'entries' ? part.entries : []));
}

test('a capture is read as it is, and packed', async () => {
  const plain = await callsIn(capture);
  expect(plain).toHaveLength(8);
  expect(await callsIn(gzipSync(capture))).toEqual(plain);
  expect(await callsIn(zstdCompressSync(capture))).toEqual(plain);
  expect(await callsIn(capture, 1)).toEqual(plain);
});

test('a HAR that was exported comes back as the same calls', async () => {
  const original = [
    anHttpEntry(0),
    anHttpEntry(1, { status: 503, error: true, response: { size: 10, status: 503, statusText: 'Busy', headers: {} } }),
    anHttpEntry(2, { response: null, status: null, latency: null, error: true }),
  ];
  const read = await callsIn(Buffer.from(toHar(original)));
  const essence = ({ timestamp, method, endpoint, summary, status, request, response }: Entry) => [
    timestamp,
    method,
    endpoint,
    summary,
    status,
    request?.url,
    request?.headers,
    response?.headers,
    response?.body?.text,
  ];
  expect(read.map(essence)).toEqual(original.map(essence));
  expect(read.map(({ id }) => BigInt(id))).toEqual(read.map(({ id }) => BigInt(id)).toSorted((a, b) => Number(a - b)));
});

test.each<[string, Uint8Array, RecordingError['fault'], RegExp]>([
  ['nothing', new Uint8Array(0), 'foreign', /empty/],
  ['a text', Buffer.from('hello world, this is no capture'), 'foreign', /no recording, capture or HAR/],
  ['JSON of something else', Buffer.from('{"a":1}'), 'foreign', /no log.entries/],
  ['a cut HAR', Buffer.from(toHar([anHttpEntry()]).slice(0, -9)), 'damaged', /not JSON, or is cut/],
  ['a HAR with a call that has no time', Buffer.from('{"log":{"entries":[{}]}}'), 'damaged', /call 1 .* wrong at/],
  ['a cut capture', capture.subarray(0, capture.length - 9), 'truncated', /ends inside a record at offset/],
  ['a cut gzip', gzipSync(capture).subarray(0, 100), 'truncated', /cannot be unpacked/],
])('%s is told apart', async (_name, bytes, fault, message) => {
  await expect(callsIn(bytes)).rejects.toMatchObject({ fault, message: expect.stringMatching(message) });
});

test('any bytes are calls or a RecordingError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 1, max: 500 }), async (bytes, size) => {
      await callsIn(bytes, size).catch((error: unknown) => {
        if (!(error instanceof RecordingError)) throw error;
      });
    }),
  );
});
