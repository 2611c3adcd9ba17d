/** Two hub processes on one real ClickHouse server. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EntryPage, type HubMessage, type LiveServerMessage } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startServers } from '../../../packages/store/src/testing/clickhouse-server.ts';
import { frameOf, hello } from './testing/agent.ts';
import { TestSocket } from './testing/socket.ts';

async function startHubOn(clickhouse: readonly string[]): Promise<string> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'kubeshark-hub-'));
  const child: ChildProcess = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), {
    execArgv: [],
    env: {
      ...process.env,
      KUBESHARK_PORT: '0',
      KUBESHARK_DATA_DIR: dataDir,
      KUBESHARK_CLICKHOUSE_URL: clickhouse.join(','),
      KUBESHARK_LOG_LEVEL: 'error',
    },
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(dataDir, { recursive: true });
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return `http://127.0.0.1:${port}`;
}

test('any hub answers any read, and its live streams see what the other took in', async () => {
  const servers = await startServers(1);
  onTestFinished(() => servers.dispose());
  // One after the other: the first makes the tables.
  const one = await startHubOn(servers.urls);
  const two = await startHubOn(servers.urls);

  const client = await TestSocket.open(`${two}/api/live`);
  client.send({ type: 'subscribe', query: 'http' });
  await client.next();
  const agent = await TestSocket.open(`${one}/api/agent`);
  agent.send(hello());
  await agent.next();
  // What was stored before a hub begins to follow is history to it: send until it has begun.
  const id = (n: number) => idAt(START_MICROS + n);
  let isSeen = false;
  const seen = client
    .next<LiveServerMessage>(({ type }) => type === 'rows')
    .then((message) => {
      isSeen = true;
      return message;
    });
  let sent = 0;
  while (!isSeen) {
    sent += 1;
    agent.ws.send(frameOf(sent, [anHttpEntry(0, { id: id(sent) })]));
    const acknowledged = agent.next<HubMessage>((message) => message.type === 'ack' && message.seq === sent);
    await acknowledged;
  }
  expect(await seen).toMatchObject({ type: 'rows', rows: [{ protocol: 'http' }] });

  for (const hub of [one, two]) {
    const { rows } = EntryPage.parse(await (await fetch(`${hub}/api/entries?limit=1000`)).json());
    expect(rows.map((row) => row.id).toReversed()).toEqual(Array.from({ length: sent }, (_, n) => id(n + 1)));
  }
}, 60_000);
