import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { members, packRecording, readRecording } from '../format/recording-file.ts';
import { collect } from '../testing/collect.ts';
import { openSealed, RecordingFolder } from './recording-folder.ts';

const head = { name: 'Checkout', query: 'http', createdBy: 'Kubeshark test', startedAt: 1_767_607_200_000_000 };

async function aDirectory(): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), 'kubeshark-folder-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return path.join(parent, 'one');
}

async function entriesOf(directory: string): Promise<Entry[]> {
  const parts = await collect(readRecording(packRecording(await openSealed(directory)).bytes()));
  return parts.flatMap((part) => (part.kind === 'entries' ? part.entries : []));
}

const calls = (count: number, from = 0) => Array.from({ length: count }, (_, second) => anHttpEntry(from + second));

test('a folder becomes a recording that says what it holds', async () => {
  const directory = await aDirectory();
  const folder = await RecordingFolder.create(directory, head);
  const entries = [
    ...calls(1_200),
    anHttpEntry(5_000, { capture: { source: 'file', gap: 7 }, protocol: 'mqtt', protocols: ['mqtt'] as never }),
  ];
  for (const entry of entries) folder.add(entry);
  const manifest = await folder.seal({ stopReason: 'hand', stoppedAt: head.startedAt + 1e6 });
  expect(manifest).toMatchObject({
    entries: 1_201,
    nodes: { 'node-1': 1_201 },
    protocols: { http: 1_200, mqtt: 1 },
    packets: { origin: 'rebuilt', missing: { mqtt: 1 } },
    gaps: ['1 calls have holes: packets of theirs were lost when captured'],
  });
  expect(await entriesOf(directory)).toEqual(entries);
  expect((await readdir(directory)).toSorted()).toEqual([
    'entries.ndjson.zst',
    'head.json',
    'manifest.json',
    'names.json',
    'traffic.pcapng',
  ]);
});

test('what was flushed survives a writer that dies in the middle of a frame', async () => {
  const directory = await aDirectory();
  const first = await RecordingFolder.create(directory, head);
  const entries = calls(700);
  for (const entry of entries) first.add(entry);
  await first.flush();
  // As a kill leaves it: the file is not closed, and the beginning of a frame stands at its end.
  const file = path.join(directory, members.entries);
  const { size } = await stat(file);
  await appendFile(file, Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x61));

  const second = await RecordingFolder.reopen(directory);
  expect([second.entries, second.bytes]).toEqual([700, size]);
  // Sent again by an agent that was never answered, and something new.
  expect([second.add(entries[699]!), second.add(anHttpEntry(900))]).toEqual([false, true]);
  const manifest = await second.seal({ stopReason: 'interrupted', stoppedAt: head.startedAt });
  expect(manifest).toMatchObject({ entries: 701, stopReason: 'interrupted' });
  expect(await entriesOf(directory)).toEqual([...entries, anHttpEntry(900)]);
  await first.release();
});

test('a recording of nothing is a whole recording', async () => {
  const directory = await aDirectory();
  const folder = await RecordingFolder.create(directory, head);
  await folder.release();
  const again = await RecordingFolder.reopen(directory);
  expect(await again.seal({ stopReason: 'time', stoppedAt: head.startedAt })).toMatchObject({ entries: 0, gaps: [] });
  expect(await entriesOf(directory)).toEqual([]);
});
