/** What agents, clients and disks should not give a hub: refused with a code and a sentence, while everything else goes on. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdCompressSync } from 'node:zlib';
import { type HubMessage, MAX_FRAME_BYTES, Problem } from '@kubeshark/contract';
import { openStore } from '@kubeshark/store';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedDriver } from '../../../packages/store/src/driver/embedded.ts';
import { connectAgent, frameOf, hello } from './testing/agent.ts';
import { startHub, type TestHub } from './testing/hub.ts';
import { TestSocket } from './testing/socket.ts';

const anEntry = (n: number, overrides: object = {}) =>
  anHttpEntry(0, { id: idAt(START_MICROS + n), timestamp: START_MICROS + n, ...overrides });
const isAnswer = ({ type }: HubMessage) => type === 'ack' || type === 'refused' || type === 'error';

/** Another agent's batch is stored as ever. */
async function goesOn(hub: TestHub): Promise<void> {
  const { agent } = await connectAgent(hub.url, { node: 'node-2', instance: 'other' });
  agent.ws.send(frameOf(1, [anEntry(1_000_000)]));
  expect(await agent.next<HubMessage>(isAnswer)).toEqual({ type: 'ack', seq: 1 });
  expect((await fetch(`${hub.url}/api/entries/${idAt(START_MICROS + 1_000_000)}`)).status).toBe(200);
}

const framed = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), bytes]);

test.each([
  ['is not compressed', framed(Buffer.from('plain')), 'KS_BAD_BATCH'],
  ['is not MessagePack', framed(zstdCompressSync(Buffer.from([0xc1]))), 'KS_BAD_BATCH'],
  ['is no list', frameOf(1, { id: '1' }), 'KS_BAD_BATCH'],
])('a malformed batch, that %s', async (_name, frame, code) => {
  const hub = await startHub();
  const { agent } = await connectAgent(hub.url);
  agent.ws.send(frame);
  expect(await agent.next<HubMessage>(isAnswer)).toMatchObject({ type: 'refused', seq: 1, code });
  await goesOn(hub);
});

test('a wrong version of the link', async () => {
  const hub = await startHub();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello({ linkVersion: 99 }));
  expect(await agent.next<HubMessage>()).toMatchObject({ type: 'error', code: 'KS_PROTOCOL_VERSION' });
  await agent.closed();
  await goesOn(hub);
});

test('unknown fields of an entry are kept, in messages they are passed over', async () => {
  const hub = await startHub();
  const { agent } = await connectAgent(hub.url, { surprise: 1 });
  const entry = anEntry(0, { surprise: { deep: ['x', 1, null] } });
  agent.ws.send(frameOf(1, [entry]));
  expect(await agent.next<HubMessage>(isAnswer)).toEqual({ type: 'ack', seq: 1 });
  expect(await (await fetch(`${hub.url}/api/entries/${entry.id}`)).json()).toEqual(entry);
  await goesOn(hub);
});

test('entries from the future are refused and counted, those of 1970 are taken', async () => {
  const hub = await startHub();
  const { agent } = await connectAgent(hub.url);
  const future = anEntry(0, { timestamp: (Date.now() + 7_200_000) * 1000 });
  agent.ws.send(frameOf(1, [future, anEntry(1, { timestamp: 0 })]));
  expect(await agent.next<HubMessage>(isAnswer)).toEqual({ type: 'ack', seq: 1 });
  expect(hub.services.ingest.health).toMatchObject({ stored: 1, refused: { 'from the future': 1 } });
  await goesOn(hub);
});

test('an oversized body of an entry costs the entry, and is counted', async () => {
  const hub = await startHub();
  const { agent } = await connectAgent(hub.url);
  const text = 'x'.repeat(17 * 1024 * 1024);
  agent.ws.send(frameOf(1, [anEntry(0, { response: { size: 1, body: { size: 1, text } } }), anEntry(1)]));
  expect(await agent.next<HubMessage>(isAnswer)).toEqual({ type: 'ack', seq: 1 });
  expect(hub.services.ingest.health).toMatchObject({ stored: 1, refused: { 'too-large': 1 } });
  await goesOn(hub);
});

test('an oversized frame ends its link, an oversized request has a code', async () => {
  const hub = await startHub();
  const { agent } = await connectAgent(hub.url);
  agent.ws.send(Buffer.alloc(MAX_FRAME_BYTES + 1));
  await agent.closed();
  const body = JSON.stringify({ query: 'x'.repeat(3 * 1024 * 1024) });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${hub.url}/api/query/run`, { method: 'POST', headers, body });
  expect([answer.status, Problem.parse(await answer.json()).code]).toEqual([413, 'KS_TOO_LARGE']);
  await goesOn(hub);
});

test('a forged agent, without the token or with a guess', async () => {
  const hub = await startHub({ agentToken: 'secret' });
  for (const token of [undefined, 'guess', 'secret ']) {
    const agent = await TestSocket.open(`${hub.url}/api/agent`);
    agent.send(hello({ token }));
    agent.ws.send(frameOf(1, [anEntry(0)]));
    expect(await agent.next<HubMessage>()).toMatchObject({ type: 'error', code: 'KS_AGENT_REFUSED' });
    await agent.closed();
  }
  expect((await hub.services.store.stats()).entries).toBe(0);
});

const traversals = ['..%2f..%2fetc%2fpasswd', '%2e%2e%2f%2e%2e', '..%5c..%5cwindows', '..%00', '%252e%252e%252fetc'];
const places = ['entries/ID', 'entries/ID/neighbours', 'recordings/ID', 'recordings/ID/file', 'replays/ID/report'];

test('a path instead of an id, in an address or in a batch', async () => {
  const hub = await startHub();
  for (const place of places)
    for (const traversal of traversals) {
      const answer = await fetch(`${hub.url}/api/${place.replace('ID', traversal)}`);
      expect([400, 404], `${place} ${traversal}`).toContain(answer.status);
      expect(Problem.parse(await answer.json()).message).not.toBe('');
    }
  const { agent } = await connectAgent(hub.url);
  agent.ws.send(frameOf(1, [anEntry(0, { id: '../../etc/passwd' }), anEntry(1)]));
  expect(await agent.next<HubMessage>(isAnswer)).toEqual({ type: 'ack', seq: 1 });
  expect(hub.services.ingest.health).toMatchObject({ stored: 1, refused: { 'bad id': 1 } });
  await goesOn(hub);
});

/** How a hub ends that is started on a data directory. */
async function startOn(dataDir: string): Promise<{ readonly code: number; readonly said: string }> {
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, KUBESHARK_DATA_DIR: dataDir, KUBESHARK_PORT: '0', KUBESHARK_LOG_LEVEL: 'error' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

test('a data directory that another process holds', async () => {
  const { dataDir } = await startHub();
  const { code, said } = await startOn(dataDir);
  expect([code, said]).toEqual([4, expect.stringContaining('is in use by another Kubeshark')]);
}, 60_000);

test('a data directory from a newer version', async () => {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'kubeshark-newer-'));
  onTestFinished(() => rm(dataDirectory, { recursive: true }));
  await (await openStore({ dataDirectory })).close();
  const driver = await EmbeddedDriver.open({ dataDirectory });
  await driver.execute({ sql: "INSERT INTO kubeshark.migrations (version, name) VALUES (999, 'from the future')" });
  await driver.close();
  const { code, said } = await startOn(dataDirectory);
  expect([code, said]).toEqual([4, expect.stringContaining('was written by a newer Kubeshark')]);
}, 60_000);
