import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { PcapngWriter } from '@kubeshark/capture';
import { afterAll, expect, test } from 'vitest';
import { openFile } from './file.ts';
import { isRefusal } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'file-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const frames = Array.from({ length: 2000 }, (_, n) => `frame ${n} of a capture`);
const writer = new PcapngWriter();
const content = Buffer.concat([
  writer.section(),
  writer.interface({ linkType: 1, snapLength: 0 }),
  ...frames.map((text, n) => {
    const bytes = Buffer.from(text);
    return writer.frame({ bytes, start: 0, end: bytes.length, at: n, originalLength: bytes.length, interfaceId: 0 });
  }),
]);

async function framesOf(name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const source = await openFile(path);
  if (isRefusal(source)) throw new Error(source.refused);
  const texts: string[] = [];
  const fault = await source.read({
    frame: ({ bytes: chunk, start, end }) => texts.push(Buffer.from(chunk.subarray(start, end)).toString()),
  });
  return { texts, fault: fault?.fault, read: source.counters().bytes };
}

test.each([
  ['plain', content],
  ['gzip', gzipSync(content)],
  ['zstd', zstdCompressSync(content)],
])('a %s file gives its frames', async (name, bytes) => {
  expect(await framesOf(name, bytes)).toEqual({ texts: frames, fault: undefined, read: content.length });
});

test('an empty file gives none, and says so', async () => {
  expect(await framesOf('empty', Buffer.alloc(0))).toEqual({ texts: [], fault: 'the file is empty', read: 0 });
});

test('a damaged gzip file fails while it is read', async () => {
  await expect(framesOf('damaged', gzipSync(content).subarray(0, 200))).rejects.toThrow('unexpected end of file');
});

test.each([
  ['nowhere/at.all', 'no such file: nowhere/at.all'],
  ['/tmp', '/tmp is a directory'],
])('%s is refused in one line', async (path, refused) => {
  expect(await openFile(path)).toEqual({ refused });
});
