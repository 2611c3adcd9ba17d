import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { openFile } from './file.ts';
import { isRefusal } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'file-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const content = Buffer.from('any bytes of a capture '.repeat(10_000));

async function bytesOf(name: string, bytes: Uint8Array): Promise<Buffer> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const source = await openFile(path);
  if (isRefusal(source)) throw new Error(source.refused);
  return Buffer.concat(await source.bytes.toArray());
}

test.each([
  ['plain', content],
  ['gzip', gzipSync(content)],
  ['zstd', zstdCompressSync(content)],
])('a %s file gives its bytes', async (name, bytes) => {
  expect((await bytesOf(name, bytes)).equals(content)).toBe(true);
});

test('an empty file gives none', async () => {
  expect(await bytesOf('empty', Buffer.alloc(0))).toHaveLength(0);
});

test('a damaged gzip file fails while it is read', async () => {
  await expect(bytesOf('damaged', gzipSync(content).subarray(0, 200))).rejects.toThrow('unexpected end of file');
});

test.each([
  ['nowhere/at.all', 'no such file: nowhere/at.all'],
  ['/tmp', '/tmp is a directory'],
])('%s is refused in one line', async (path, refused) => {
  expect(await openFile(path)).toEqual({ refused });
});
