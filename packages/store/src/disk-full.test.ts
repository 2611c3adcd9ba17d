/** A disk that is really full: a file system in memory, small enough to fill. Needs root, to mount it. */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './store.ts';

const DISK_BYTES = 96 * 1024 * 1024;
/** What is left of it when the test begins: a few blocks. */
const LEFT_BYTES = 12 * 1024 * 1024;
const BATCH = 20;

let disk: string;
let isMounted = false;
beforeAll(async () => {
  disk = await mkdtemp(path.join(tmpdir(), 'kubeshark-disk-'));
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'none', disk]).status === 0;
});
afterAll(async () => {
  if (isMounted) spawnSync('umount', [disk]);
  await rm(disk, { recursive: true });
});

/** Entries that do not compress: 20 of them take some 2 MB. */
const batchAt = (second: number): readonly Entry[] =>
  Array.from({ length: BATCH }, (_, n) => {
    const text = randomBytes(48 * 1024).toString('hex');
    return anHttpEntry(second + n, { response: { size: 1, body: { size: text.length, text } } });
  });

const open = (): Promise<Store> =>
  openStore({
    dataDirectory: path.join(disk, 'store'),
    blockMillis: 1,
    // Nothing is to be dropped for space: it is the full disk that is looked at.
    retention: { minFreeBytes: 0 },
  });

async function fillUpTo(left: number): Promise<string> {
  const { bavail, bsize } = await statfs(disk);
  const filler = path.join(disk, 'filler');
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
  return filler;
}

test('a full disk refuses what it cannot keep, answers reads, loses nothing, and goes on when there is room', async ({
  skip,
}) => {
  if (!isMounted) skip('mounting a file system needs root');
  let store = await open();
  const filler = await fillUpTo(LEFT_BYTES);
  let acknowledged = 0;
  let refused: readonly Entry[] | undefined;
  let outcome: unknown;
  while (refused === undefined) {
    const batch = batchAt(acknowledged);
    outcome = await store.insert(batch).catch((error: unknown) => error);
    if (outcome instanceof Error) refused = batch;
    else acknowledged += batch.length;
  }
  expect(outcome).toMatchObject({ code: 'disk-full' });
  expect(acknowledged).toBeGreaterThan(0);

  expect(await store.stats()).toMatchObject({
    state: 'degraded',
    reason: expect.stringMatching(/^disk-full: /) as string,
    entries: acknowledged,
    writer: { rejected: { 'disk-full': BATCH } },
  });
  expect((await store.page({ limit: 5 })).rows).toHaveLength(5);
  await expect(store.insert(refused), 'still full').rejects.toMatchObject({ code: 'disk-full' });

  await rm(filler);
  expect(await store.insert(refused)).toMatchObject({ stored: BATCH, duplicates: 0 });
  expect((await store.stats()).state).toBe('ok');
  await store.close();

  store = await open();
  const whole = acknowledged + BATCH;
  expect(await store.count({})).toEqual({ count: whole, complete: true });
  const { entries } = await store.entries({ limit: whole });
  expect(new Set(entries.map(({ id }) => id)).size).toBe(whole);
  expect(entries.every(({ response }) => response?.body?.text?.length === response?.body?.size)).toBe(true);
  await store.close();
}, 120_000);

test('a store opens on a full disk, for what it has', async ({ skip }) => {
  if (!isMounted) skip('mounting a file system needs root');
  const filler = await fillUpTo(0);
  const store = await open();
  expect((await store.page({ limit: 1 })).rows).toHaveLength(1);
  await store.close();
  await rm(filler);
});
