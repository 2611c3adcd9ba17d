import type { LiveServerMessage, ServiceMap } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry, idAt } from '@kubeshark/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { frameOf, hello } from '../testing/agent.ts';
import { startHub } from '../testing/hub.ts';
import { TestSocket } from '../testing/socket.ts';
import { ApiServer } from './api-server.ts';
import { Cluster } from './cluster.ts';
import { ClusterNames } from './cluster-names.ts';
import { Naming } from './naming.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { aNode, aPod, aService, aSlice } from './testing/objects.ts';

const NOW = Date.now() * 1000;
const startTime = new Date(Date.now() - 60_000).toISOString();
const entryAt = (n: number, more: Partial<Entry>) => anHttpEntry(0, { id: idAt(NOW + n), timestamp: NOW + n, ...more });

async function hubInCluster() {
  const fake = await FakeApiServer.start();
  onTestFinished(() => fake.close());
  fake.set('nodes', aNode('node-1', '192.168.0.1'));
  fake.set('pods', aPod({ name: 'web-1', ip: '10.1.0.5', labels: { app: 'web' }, startTime }));
  fake.set('pods', aPod({ name: 'cart-1', ip: '10.1.0.9', labels: { app: 'cart' }, node: 'node-2', startTime }));
  fake.set('services', aService({ name: 'cart', clusterIP: '10.2.0.1', selector: { app: 'cart' } }));
  fake.set('endpointslices', aSlice('cart', ['10.1.0.9']));
  const cluster = new Cluster({ server: await ApiServer.connect({ url: fake.url }), retryMillis: 50 });
  onTestFinished(() => cluster.close());
  return { fake, hub: await startHub({ cluster }) };
}

test('the map tells which services took no part in any call', async () => {
  const { fake, hub } = await hubInCluster();
  fake.set('services', aService({ name: 'forgotten', clusterIP: '10.2.0.7', selector: { app: 'none' } }));
  const dst = { ip: '10.2.0.1', port: 80, name: 'cart', service: 'cart', namespace: 'shop' };
  await hub.services.store.insert([entryAt(1, { dst })]);
  const idle = async (query: string) => {
    const answer = await fetch(`${hub.url}/api/map?${query}`);
    return ((await answer.json()) as ServiceMap).idle;
  };
  await vi.waitFor(async () => expect(await idle('')).toEqual([{ name: 'forgotten', namespace: 'shop' }]));
  // Of a part of the calls nobody can say who took none.
  expect(await idle('q=http')).toEqual([]);
  expect(await idle('by=pod')).toEqual([]);
});

test('of more than a thousand services without calls the first thousand are told, and how many there are', async () => {
  const { fake, hub } = await hubInCluster();
  for (let n = 0; n < 1_200; n++)
    fake.set('services', aService({ name: `idle-${n}`, clusterIP: `10.3.${n >> 8}.${n & 255}` }));
  const map = async () => (await (await fetch(`${hub.url}/api/map`)).json()) as ServiceMap;
  // With the one service of every test.
  await vi.waitFor(async () => expect((await map()).idleCount).toBe(1_201), { timeout: 10_000 });
  expect((await map()).idle).toHaveLength(1_000);
});

test('two agents see one call; it appears once, named, with both places, and both batches are acknowledged', async () => {
  const { hub } = await hubInCluster();
  const client = { ip: '10.1.0.5', port: 40_000 };
  const live = await TestSocket.open(`${hub.url}/api/live`);
  live.send({ type: 'subscribe', query: 'src.name == "web-1" and dst.service == "cart" and dst.namespace == "shop"' });
  await live.next<LiveServerMessage>(({ type }) => type === 'state');

  const agents = await Promise.all(
    ['node-1', 'node-2'].map(async (node) => {
      const socket = await TestSocket.open(`${hub.url}/api/agent`);
      socket.send(hello({ node, instance: node }));
      await socket.next<{ type: string }>(({ type }) => type === 'welcome');
      return socket;
    }),
  );
  const seenBy = [
    [
      entryAt(1, { node: 'node-1', src: client, dst: { ip: '10.2.0.1', port: 80 }, latency: 14 }),
      entryAt(2, { node: 'node-1', src: client, dst: { ip: '10.1.0.9', port: 8080 } }),
    ],
    [entryAt(3, { node: 'node-2', src: client, dst: { ip: '10.1.0.9', port: 8080 } })],
  ];
  for (const [index, agent] of agents.entries()) agent.ws.send(frameOf(1, seenBy[index]));
  for (const agent of agents)
    expect(await agent.next<{ type: string }>(({ type }) => type === 'ack')).toMatchObject({ seq: 1 });

  const rows = await live.next<LiveServerMessage>(({ type }) => type === 'rows');
  expect(rows).toMatchObject({
    rows: [{ node: 'node-2', src: { name: 'web-1' }, dst: { name: 'cart', namespace: 'shop' } }],
  });
  const page = (await (await fetch(`${hub.url}/api/entries`)).json()) as { rows: { id: string }[] };
  expect(page.rows).toHaveLength(1);
  const entry: unknown = await (await fetch(`${hub.url}/api/entries/${page.rows[0]?.id}`)).json();
  expect(entry).toMatchObject({
    src: { pod: 'web-1', node: 'node-1' },
    dst: { pod: 'cart-1', service: 'cart', node: 'node-2', labels: { app: 'cart' } },
    capture: { vantages: ['node-1 to 10.1.0.9:8080 in 12.5 ms', 'node-1 to 10.2.0.1:80 in 14 ms'] },
  });
  const health = (await (await fetch(`${hub.url}/api/health/capture`)).json()) as { ingest: object };
  expect(health.ingest).toMatchObject({ received: 3, stored: 1, joined: 2 });
});

test('a call that comes before its pod is known waits for the name', async () => {
  const { fake, hub } = await hubInCluster();
  await vi.waitFor(() => expect(fake.watching).toBeGreaterThan(0), { timeout: 20_000 });
  const early = entryAt(10, { src: { ip: '10.1.0.77', port: 40_000 }, dst: { ip: '10.2.0.1', port: 80 } });
  const taken = hub.services.ingest.take([early], AbortSignal.timeout(20_000));
  fake.set('pods', aPod({ name: 'late-1', ip: '10.1.0.77', startTime }));
  await taken;
  expect(await hub.services.store.find(early.id)).toMatchObject({ src: { pod: 'late-1' } });
});

test('an address that nobody knows is waited for once, not with every call', async () => {
  const naming = new Naming({ names: new ClusterNames(), settled: Promise.resolve(), holdMillis: 1 });
  const stranger = [entryAt(1, { src: { ip: '10.99.0.1', port: 1 }, dst: { ip: '198.51.100.7', port: 443 } })];
  await naming.prepare(stranger);
  const again = performance.now();
  for (let n = 0; n < 50; n++) await naming.prepare(stranger);
  // Fifty waits would be a hundred seconds.
  expect(performance.now() - again).toBeLessThan(10_000);
});

test('while the cluster is not known yet, entries wait for it', async () => {
  const names = new ClusterNames();
  const settled = Promise.withResolvers<void>();
  const naming = new Naming({ names, settled: settled.promise, holdMillis: 1 });
  const outside = [entryAt(1, { src: { ip: '198.51.100.1', port: 1 }, dst: { ip: '198.51.100.7', port: 443 } })];
  let isPrepared = false;
  const prepared = naming.prepare(outside).then((entries) => {
    isPrepared = true;
    return entries;
  });
  await new Promise(setImmediate);
  expect(isPrepared).toBe(false);
  settled.resolve();
  expect(await prepared).toEqual(outside);
});
