/** A hub that is killed while it records: what it acknowledged is in the file. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HubMessage } from '@kubeshark/contract';
import type { RecordingInfo } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { readRecording } from '@kubeshark/recording';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { frameOf, hello } from '../testing/agent.ts';
import { TestSocket } from '../testing/socket.ts';

const main = path.resolve(import.meta.dirname, '../main.ts');
const BATCH = 50;

async function startProcess(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, KUBESHARK_PORT: '0', KUBESHARK_DATA_DIR: dataDir, KUBESHARK_LOG_LEVEL: 'silent' },
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${port}` };
}

const post = async (url: string, body: object = {}) =>
  (await (
    await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  ).json()) as RecordingInfo;

const batch = (sequence: number) =>
  Array.from({ length: BATCH }, (_, n) => anHttpEntry(sequence * 10 + n / 1_000, { summary: `GET /${sequence}/${n}` }));

test('what was acknowledged before a kill -9 is in the recording, once, and it goes on', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'kubeshark-crash-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startProcess(dataDir);
  const { id } = await post(`${first.url}/api/recordings`, { name: 'Crash' });
  const agent = await TestSocket.open(`${first.url}/api/agent`);
  agent.send(hello());
  for (let sequence = 1; sequence <= 20; sequence++) agent.ws.send(frameOf(sequence, batch(sequence)));
  let acknowledged = 0;
  while (acknowledged < 8) {
    const message = await agent.next<HubMessage>(({ type }) => type === 'ack');
    if (message.type === 'ack') acknowledged = message.seq;
  }
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await startProcess(dataDir);
  const again = await TestSocket.open(`${second.url}/api/agent`);
  again.send(hello());
  // As an agent does: everything that was not acknowledged is sent again, and then something new.
  for (let sequence = acknowledged + 1; sequence <= 21; sequence++) again.ws.send(frameOf(sequence, batch(sequence)));
  await again.next<HubMessage>((message) => message.type === 'ack' && message.seq === 21);
  const stopped = await post(`${second.url}/api/recordings/${id}/stop`);
  expect(stopped).toMatchObject({ state: 'done', entries: 21 * BATCH });
  expect(stopped.gaps).toEqual([expect.stringContaining('the hub was restarted')]);

  const file = await fetch(`${second.url}/api/recordings/${id}/file`);
  const found: Entry[] = [];
  for await (const part of readRecording(file.body as unknown as AsyncIterable<Uint8Array>))
    if (part.kind === 'entries') found.push(...part.entries);
  const expected = Array.from({ length: 21 }, (_, index) => batch(index + 1)).flat();
  expect(found.map(({ summary }) => summary).toSorted()).toEqual(expected.map(({ summary }) => summary).toSorted());
}, 120_000);
