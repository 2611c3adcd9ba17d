import { zstdCompressSync } from 'node:zlib';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { collect } from '../testing/collect.ts';
import { decodeEntries, encodeEntries, MAX_LINE_BYTES } from './entry-lines.ts';

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test('a line longer than any call, which a bomb of some kilobytes makes, is not gathered', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(MAX_LINE_BYTES + 1024 * 1024, 'a'));
  expect(bomb.length).toBeLessThan(100_000);
  await expect(collect(decodeEntries(one(bomb)))).rejects.toThrow(/longer than/);
});

test('large calls are spread over frames and come back', async () => {
  const text = 'x'.repeat(1024 * 1024);
  const entries = Array.from({ length: 9 }, (_, second) =>
    anHttpEntry(second, { response: { size: text.length, body: { size: text.length, text } } }),
  );
  expect((await collect(decodeEntries(one(encodeEntries(entries))))).flat()).toEqual(entries);
});
