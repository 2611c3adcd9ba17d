/** What is acknowledged is stored, once, whoever dies. `KUBESHARK_CRASHES=20` kills more often. */

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry, START_MICROS } from '@kubeshark/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EmbeddedDriver } from './driver/embedded.ts';
import { openStore, type Store } from './store.ts';

/** A loaded machine may take a while to write a block. */
const WAIT = { timeout: 30_000, interval: 5 };
const KILLS = Number(process.env['KUBESHARK_CRASHES'] ?? 3);

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'kubeshark-crash-'));
});
afterEach(() => rm(dataDirectory, { recursive: true, force: true }));

/** Runs a hub that stores from `second` on, kills it after some acknowledgements, and says what the last one was. */
async function ingestUntilKilled(second: number, batches: number): Promise<number> {
  const script = fileURLToPath(new URL('./testing/ingest-process.ts', import.meta.url));
  const hub = spawn(process.execPath, [script, dataDirectory, String(second)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => hub.once('exit', resolve));
  let acknowledged = second;
  let count = 0;
  for await (const line of createInterface(hub.stdout)) {
    acknowledged = Number(line);
    // Right after an acknowledgement the next batch is being encoded; a few of these fall into its insert.
    if (++count === batches) setImmediate(() => hub.kill('SIGKILL'));
  }
  await ended;
  return acknowledged;
}

async function idsStored(): Promise<{ count: number; distinct: number; last: number }> {
  const driver = await EmbeddedDriver.open({ dataDirectory });
  const { rows } = await driver.select({
    sql: 'SELECT count(), uniqExact(id), max(timestamp) FROM kubeshark.entries',
  });
  await driver.close();
  const [count, distinct, newest] = rows[0] ?? [];
  return { count: Number(count), distinct: Number(distinct), last: (Number(newest) - START_MICROS) / 1_000_000 };
}

test(`a hub killed ${KILLS} times while it stores loses nothing it acknowledged and keeps nothing twice`, async () => {
  let acknowledged = 0;
  for (let round = 0; round < KILLS; round++) {
    // As an agent does, it goes on from the last acknowledgement: what was stored beyond it comes again.
    acknowledged = await ingestUntilKilled(acknowledged, 3 + round);
    const { count, distinct, last } = await idsStored();
    expect(distinct).toBe(count);
    expect(count).toBe(last + 1);
    expect(count).toBeGreaterThanOrEqual(acknowledged);
    expect(count).toBeLessThanOrEqual(acknowledged + 200);
  }
}, 240_000);

/** The engine's process, by the file that ClickHouse keeps for it. */
async function enginePid(): Promise<number> {
  const status = await readFile(path.join(dataDirectory, 'data', 'status'), 'utf8');
  return Number(/PID: (\d+)/.exec(status)?.[1]);
}

/** Inserts into an engine that is held still, so that it cannot answer, and kills it when the block has been written. */
async function insertAndKill(store: Store, batch: readonly Entry[]): Promise<unknown> {
  const engine = await enginePid();
  process.kill(engine, 'SIGSTOP');
  const inserting = store.insert(batch).catch((error: unknown) => error);
  await vi.waitFor(async () => expect(await readdir(path.join(dataDirectory, 'blocks'))).not.toEqual([]), WAIT);
  process.kill(engine, 'SIGKILL');
  return inserting;
}

test('an engine that is killed is started again, and the batch it died with can be sent again', async () => {
  const store = await openStore({ dataDirectory, blockMillis: 1 });
  await store.insert([anHttpEntry(0)]);
  let batch: readonly Entry[];
  let outcome: unknown;
  let before: number;
  do {
    // Should the engine die before it is asked, the store starts it again first and stores the batch: then once more.
    before = Number((await store.stats()).entries);
    batch = Array.from({ length: 5_000 }, (_, second) => anHttpEntry(before + second));
    outcome = await insertAndKill(store, batch);
  } while (!(outcome instanceof Error));
  expect(outcome).toMatchObject({ code: 'engine-gone' });
  expect((await store.stats()).state).toBe('degraded');
  const { stored, duplicates } = await store.insert(batch);
  expect(stored + duplicates).toBe(batch.length);
  expect(await store.count({})).toEqual({ count: before + batch.length, complete: true });
  expect((await store.stats()).state).toBe('ok');
  await store.close();
}, 60_000);

test('a hub that comes back at once waits for the engine of the one before', async () => {
  await ingestUntilKilled(0, 1);
  const store = await openStore({ dataDirectory });
  expect((await store.stats()).entries).toBeGreaterThanOrEqual(200);
  await store.close();
});

test('data of a newer program is refused and left alone', async () => {
  const store = await openStore({ dataDirectory, blockMillis: 1 });
  await store.insert([anHttpEntry(0)]);
  await store.close();
  const driver = await EmbeddedDriver.open({ dataDirectory });
  await driver.execute({ sql: "INSERT INTO kubeshark.migrations (version, name) VALUES (999, 'from the future')" });
  await driver.close();
  await expect(openStore({ dataDirectory })).rejects.toMatchObject({ code: 'newer-schema' });
});

test('a directory that somebody else has open is named with its holder', async () => {
  const store = await openStore({ dataDirectory });
  await expect(openStore({ dataDirectory })).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringMatching(new RegExp(`${dataDirectory} is in use by process \\d+`)) as string,
  });
  await store.close();
});

test('a directory that cannot be written is named', async () => {
  await expect(openStore({ dataDirectory: '/dev/null/store' })).rejects.toMatchObject({ code: 'unavailable' });
});
