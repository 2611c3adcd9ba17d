import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Outbox } from './outbox.ts';

async function spoolDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-spool-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

const payload = (byte: number) => new Uint8Array(10).fill(byte);

async function allOf(outbox: Outbox): Promise<number[]> {
  const bytes: number[] = [];
  for (let seq = 0; ; ) {
    const next = await outbox.after(seq);
    if (next === undefined) return bytes;
    bytes.push(next.payload[0]!);
    seq = next.seq;
  }
}

test('batches wait in memory, then on disk, then are given up and counted; the order stays', async () => {
  const directory = await spoolDirectory();
  const outbox = await Outbox.open(directory, 'run-1', { memoryBytes: 20, diskBytes: 20 });
  for (let byte = 1; byte <= 5; byte++) await outbox.add(payload(byte), 100);

  expect(await allOf(outbox)).toEqual([1, 2, 3, 4]);
  expect(outbox.counts).toEqual({ shipped: 0, queued: 200, spooled: 200, lost: 100 });
  expect(await readdir(directory)).toHaveLength(2);
});

test('what is acknowledged is forgotten, its file too, and its room is free again', async () => {
  const directory = await spoolDirectory();
  const outbox = await Outbox.open(directory, 'run-1', { memoryBytes: 10, diskBytes: 10 });
  await outbox.add(payload(1), 1);
  await outbox.add(payload(2), 1);
  await outbox.acknowledge(2);
  expect(outbox.isEmpty).toBe(true);
  expect(await readdir(directory)).toEqual([]);

  await outbox.add(payload(3), 1);
  await outbox.add(payload(4), 1);
  expect(await allOf(outbox)).toEqual([3, 4]);
  expect(outbox.counts).toEqual({ shipped: 2, queued: 1, spooled: 1, lost: 0 });
});

test('the next run ships what the last one saved, before its own', async () => {
  const directory = await spoolDirectory();
  const first = await Outbox.open(directory, 'run-1');
  await first.add(payload(1), 7);
  await first.add(payload(2), 7);
  await first.save();

  const second = await Outbox.open(directory, 'run-2');
  await second.add(payload(3), 1);
  expect(await allOf(second)).toEqual([1, 2, 3]);
  expect(second.counts).toMatchObject({ spooled: 14, queued: 1 });
});

test('a spool that somebody emptied costs its batches and nothing else', async () => {
  const directory = await spoolDirectory();
  const outbox = await Outbox.open(directory, 'run-1', { memoryBytes: 10, diskBytes: 100 });
  await outbox.add(payload(1), 1);
  await outbox.add(payload(2), 5);
  for (const name of await readdir(directory)) await rm(path.join(directory, name));
  expect(await allOf(outbox)).toEqual([1]);
  expect(outbox.counts).toMatchObject({ lost: 5, queued: 1 });
});

test('a spool that cannot be written counts what it loses', async () => {
  const directory = await spoolDirectory();
  const outbox = await Outbox.open(path.join(directory, 'gone'), 'run-1', { memoryBytes: 0, diskBytes: 100 });
  await rm(path.join(directory, 'gone'), { recursive: true });
  await outbox.add(payload(1), 3);
  expect(outbox.counts).toEqual({ shipped: 0, queued: 0, spooled: 0, lost: 3 });
});
