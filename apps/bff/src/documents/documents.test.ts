import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { Documents } from './documents.ts';

async function temporary() {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-documents-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

test('a document is what was written last, also by writes at the same time', async () => {
  const directory = await temporary();
  const documents = await Documents.open(directory);
  expect(await documents.read('numbers', z.array(z.number()), [7])).toEqual([7]);
  await Promise.all([1, 2, 3].map((n) => documents.write('numbers', [n])));
  const again = await Documents.open(directory);
  expect(await again.read('numbers', z.array(z.number()), [])).toEqual([3]);
});

test('a document somebody broke is an error, never silently another', async () => {
  const directory = await temporary();
  const documents = await Documents.open(directory);
  await writeFile(path.join(directory, 'documents/numbers.json'), '{"a":');
  await expect(documents.read('numbers', z.array(z.number()), [])).rejects.toThrow();
});

test.each(['../passwd', 'a/b', '', 'A'])('%j is no name of a document', async (name) => {
  const documents = await Documents.open(await temporary());
  await expect(documents.read(name, z.unknown(), 0)).rejects.toThrow('bad document name');
});
