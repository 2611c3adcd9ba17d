/** A real disk that fills up while something is recorded: a small one, mounted where recordings are. */

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RecordingInfo, RecordingList } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { readRecording } from '@kubeshark/recording';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startHub, type TestHub } from '../testing/hub.ts';

const MEGABYTE = 1024 * 1024;
const gone = new AbortController().signal;
const noMount = process.getuid?.() === 0 ? undefined : 'a disk of its own needs root';

/** A hub whose recordings are on a disk of so many megabytes. */
async function aHubOn(megabytes: number): Promise<{ hub: TestHub; directory: string }> {
  const hub = await startHub();
  const directory = path.join(hub.dataDir, 'recordings');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]);
  // Before the hub removes its directory.
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  return { hub, directory };
}

/** Calls that do not pack: 20 kB each. */
const calls = (from: number, count: number): Entry[] =>
  Array.from({ length: count }, (_, n) => {
    const text = randomBytes(10_000).toString('hex');
    return anHttpEntry(from + n, { response: { size: text.length, status: 200, body: { size: text.length, text } } });
  });

const list = async (hub: TestHub): Promise<RecordingInfo[]> =>
  RecordingList.parse(await (await fetch(`${hub.url}/api/recordings`)).json()).recordings;
const start = (hub: TestHub) =>
  fetch(`${hub.url}/api/recordings`, {
    method: 'POST',
    body: JSON.stringify({ name: 'Full' }),
    headers: { 'content-type': 'application/json' },
  });

test.skipIf(noMount !== undefined)(
  `recording ends when its disk is full, keeps what it has, and holds nothing up${noMount === undefined ? '' : `: ${noMount}`}`,
  async () => {
    const { hub } = await aHubOn(2);
    const { id } = (await (await start(hub)).json()) as RecordingInfo;
    let taken = 0;
    // Ten times as much as there is room for; every batch is stored and acknowledged all the same.
    for (; taken < 1_000; taken += 50) expect(await hub.services.ingest.take(calls(taken, 50), gone)).toBe(true);
    await expect.poll(async () => (await list(hub))[0]?.state, { timeout: 30_000 }).toBe('done');
    const [ended] = await list(hub);
    expect(ended).toMatchObject({
      stopReason: 'interrupted',
      gaps: [expect.stringContaining('recording broke off: the disk is full')],
      packets: {
        count: 0,
        missing: { http: ended?.entries },
        reasons: ['there was no room for packets: the disk is full'],
      },
    });
    expect(ended?.entries).toBeGreaterThan(0);
    expect(ended?.entries).toBeLessThan(taken);

    // The file says the same, opens, and has every call it promises.
    const file = await fetch(`${hub.url}/api/recordings/${id}/file`);
    let entries = 0;
    for await (const part of readRecording(file.body as unknown as AsyncIterable<Uint8Array>)) {
      if (part.kind === 'manifest') expect(part.manifest).toMatchObject({ stopReason: 'interrupted' });
      if (part.kind === 'entries') entries += part.entries.length;
    }
    expect(entries).toBe(ended?.entries);
    // The live store went on.
    expect((await hub.services.store.stats()).entries).toBe(taken);
  },
  120_000,
);

test.skipIf(noMount !== undefined)('a recording is not begun on a full disk, and leaves nothing there', async () => {
  const { hub, directory } = await aHubOn(1);
  const filler = path.join(directory, 'filler');
  try {
    writeFileSync(filler, Buffer.alloc(2 * MEGABYTE, 1));
  } catch {
    // Filled to the last block, as it was meant.
  }
  const answer = await start(hub);
  expect([answer.status, await answer.json()]).toMatchObject([507, { code: 'KS_DISK_FULL' }]);
  expect([readdirSync(directory), await list(hub)]).toEqual([['filler'], []]);
  expect(readFileSync(filler).length).toBeGreaterThan(0);
});
