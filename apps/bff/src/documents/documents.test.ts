import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SharedText, SharedTexts } from '@kubeshark/store';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { Documents, type Kind } from './documents.ts';

async function temporary() {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-documents-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

const numbers: Kind<number[]> = { name: 'numbers', schema: z.array(z.number()), fallback: [7] };

test('a document is what all changes made of it, also those at the same time', async () => {
  const directory = await temporary();
  const documents = await Documents.open(directory);
  expect(await documents.read(numbers)).toEqual([7]);
  await Promise.all([1, 2, 3].map((n) => documents.update(numbers, (list) => [...list, n])));
  const again = await Documents.open(directory);
  expect(await again.read(numbers)).toEqual([7, 1, 2, 3]);
});

test('a document somebody broke is an error, never silently another', async () => {
  const directory = await temporary();
  const documents = await Documents.open(directory);
  await writeFile(path.join(directory, 'documents/numbers.json'), '{"a":');
  await expect(documents.read(numbers)).rejects.toThrow();
  await expect(documents.update(numbers, () => [1])).rejects.toThrow();
});

test.each(['../passwd', 'a/b', '', 'A'])('%j is no name of a document', async (name) => {
  const documents = await Documents.open(await temporary());
  await expect(documents.read({ ...numbers, name })).rejects.toThrow('bad document name');
});

/** A database as the hubs see it; packages/store tests the real one. */
class Database implements SharedTexts {
  readonly #texts = new Map<string, SharedText>();
  read = (name: string) => Promise.resolve(this.#texts.get(name));
  write = (name: string, { text, after }: { text: string; after: number }) => {
    const isNext = (this.#texts.get(name)?.version ?? 0) === after;
    if (isNext) this.#texts.set(name, { text, version: after + 1 });
    return Promise.resolve(isNext);
  };
  versions = () => Promise.resolve(new Map([...this.#texts].map(([name, { version }]) => [name, version])));
}

test('what two hubs change at the same moment are both changes', async () => {
  const database = new Database();
  const hubs = [Documents.on(database), Documents.on(database)];
  await Promise.all(hubs.map((documents, n) => documents.update(numbers, (list) => [...list, n])));
  expect(new Set(await hubs[0]!.read(numbers))).toEqual(new Set([0, 1, 7]));
});

test('a change that changes nothing is not written', async () => {
  const database = new Database();
  const documents = Documents.on(database);
  await documents.update(numbers, () => [1]);
  await documents.update(numbers, () => [1]);
  expect(await database.versions()).toEqual(new Map([['numbers', 1]]));
});

test('a hub hears of what others change, not of its own', async () => {
  const database = new Database();
  const [one, two] = [Documents.on(database), Documents.on(database)];
  let heard = 0;
  one.onChange('numbers', () => heard++);
  await one.update(numbers, () => [1]);
  await one.look();
  expect(heard).toBe(0);
  await two.update(numbers, () => [2]);
  await one.look();
  await one.look();
  expect(heard).toBe(1);
});
