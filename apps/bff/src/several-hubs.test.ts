/** Two hub processes on one real ClickHouse server, and on two shards. */

import {
  AuditLog,
  CaptureHealth,
  DoctorReport,
  EntryPage,
  type HubMessage,
  type LiveServerMessage,
  SavedQueries,
  Settings,
  Webhooks,
} from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startServers, type TestServers } from '../../../packages/store/src/testing/clickhouse-server.ts';
import { connectAgent, frameOf, hello } from './testing/agent.ts';
import { ask, type HubProcess, startHubOn, until } from './testing/hub-process.ts';
import { TestSocket } from './testing/socket.ts';

async function send(url: string, method: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

describe.each([
  ['one server', 1],
  ['two shards', 2],
])('two hubs on %s', (_name, count) => {
  let servers: TestServers;
  let hubs: readonly HubProcess[];
  let one: string;
  let two: string;
  beforeAll(async () => {
    servers = await startServers(count);
    // One after the other: the first makes the tables. The second one asks another server first.
    hubs = [await startHubOn(servers.urls), await startHubOn(servers.urls.toReversed())];
    [one = '', two = ''] = hubs.map(({ url }) => url);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()));
    await servers.dispose();
  });

  test('any hub answers any read, and its live streams see what the other took in', async () => {
    const client = await TestSocket.open(`${two}/api/live`);
    client.send({ type: 'subscribe', query: 'http' });
    await client.next();
    const { agent } = await connectAgent(one);
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
      await agent.next<HubMessage>((message) => message.type === 'ack' && message.seq === sent);
    }
    const rowsSeen = await seen;
    expect(rowsSeen.type === 'rows' && new Set(rowsSeen.rows.map(({ protocol }) => protocol))).toEqual(
      new Set(['http']),
    );

    for (const hub of [one, two]) {
      const { rows } = EntryPage.parse(await ask(`${hub}/api/entries?limit=1000`));
      expect(rows.map((row) => row.id).toReversed()).toEqual(Array.from({ length: sent }, (_, n) => id(n + 1)));
    }
  }, 60_000);

  test('an agent is seen through both, and keeps its number with either', async () => {
    const first = await connectAgent(one, { node: 'node-7', instance: 'seven' });
    const health = await until(
      async () => CaptureHealth.parse(await ask(`${two}/api/health/capture`)),
      ({ agents }) => agents.some(({ node }) => node === 'node-7'),
    );
    expect(health.agents.find(({ node }) => node === 'node-7')).toMatchObject({
      agentNumber: first.number,
      connected: true,
      source: 'any',
    });
    const { checks } = DoctorReport.parse(await ask(`${two}/api/doctor`));
    expect(checks[0]).toMatchObject({ id: 'agents', state: 'ok' });

    const second = await TestSocket.open(`${two}/api/agent`);
    second.send(hello({ node: 'node-7', instance: 'beside seven' }));
    expect(await second.next<HubMessage>()).toMatchObject({ type: 'error', code: 'KS_NODE_TAKEN' });

    await first.agent.close();
    await until(
      async () => CaptureHealth.parse(await ask(`${two}/api/health/capture`)),
      ({ agents }) => agents.some(({ node, connected }) => node === 'node-7' && !connected),
    );
    const again = await connectAgent(two, { node: 'node-7', instance: 'seven, restarted' });
    const other = await connectAgent(two, { node: 'node-8', instance: 'eight' });
    expect(again.number).toBe(first.number);
    expect(other.number).not.toBe(first.number);
  }, 60_000);

  test('saved queries, webhooks and settings are those of both', async () => {
    await send(`${one}/api/queries/mine`, 'PUT', { name: 'Mine', query: 'http' });
    await send(`${two}/api/queries/yours`, 'PUT', { name: 'Yours', query: 'dns' });
    for (const hub of [one, two]) {
      const { queries } = SavedQueries.parse(await ask(`${hub}/api/queries`));
      expect(queries.map(({ id }) => id)).toEqual(['mine', 'yours']);
    }

    await send(`${one}/api/webhooks/alerts`, 'PUT', { url: 'http://127.0.0.1:9/', filter: 'error', message: 'x' });
    await until(
      async () => Webhooks.parse(await ask(`${two}/api/webhooks`)),
      ({ webhooks }) => webhooks.length === 1,
    );

    const { agent } = await connectAgent(two, { node: 'node-9', instance: 'nine' });
    const settings = Settings.parse(await ask(`${one}/api/settings`));
    const heard = agent.next<HubMessage>(
      (message) => message.type === 'config' && message.config.maxCapturedSize === 1234,
    );
    await send(`${one}/api/settings`, 'PUT', { ...settings, maxCapturedSize: 1234 });
    expect(Settings.parse(await ask(`${two}/api/settings`))).toMatchObject({ maxCapturedSize: 1234 });
    expect(await heard).toMatchObject({ type: 'config' });

    // Who did it is told by the other hub as well.
    const { events } = await until(
      async () => AuditLog.parse(await ask(`${two}/api/audit`)),
      ({ events }) => events.some(({ action }) => action === 'PUT /api/settings'),
    );
    expect(events.map(({ action, target }) => `${action} ${target}`)).toEqual(
      expect.arrayContaining(['PUT /api/queries/:id mine', 'PUT /api/queries/:id yours']),
    );
  }, 60_000);
});

test('a hub without its database refuses an agent for now, by code', async () => {
  const servers = await startServers(1);
  const hub = await startHubOn(servers.urls);
  onTestFinished(() => hub.stop());
  await servers.dispose();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello({ node: 'new here' }));
  expect(await agent.next<HubMessage>()).toMatchObject({ type: 'error', code: 'KS_STORE_UNAVAILABLE' });
  await agent.closed();
}, 60_000);
