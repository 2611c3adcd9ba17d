/** Two hub processes in one cluster, on one real ClickHouse server and on two shards: agents of one call at different hubs. */

import { EntryPage, type HubMessage, type LiveServerMessage, Totals } from '@kubeshark/contract';
import type { Endpoint, Entry } from '@kubeshark/model';
import { anHttpEntry, idAt } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServers, type TestServers } from '../../../../packages/store/src/testing/clickhouse-server.ts';
import { connectAgent, frameOf } from '../testing/agent.ts';
import { ask, type HubProcess, startHubOn, until } from '../testing/hub-process.ts';
import { TestSocket } from '../testing/socket.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { aNode, aPod, aService, aSlice } from './testing/objects.ts';

const NOW = Date.now() * 1000;
const startTime = new Date(Date.now() - 60_000).toISOString();
const web: Endpoint = { ip: '10.1.0.5', port: 40_000 };
const cartService: Endpoint = { ip: '10.2.0.1', port: 80 };
const cartPod: Endpoint = { ip: '10.1.0.9', port: 8080 };

interface Places {
  /** What the client's node sees: the call on its way to the service, and to the pod. */
  readonly client: readonly Entry[];
  /** What the pod's node sees. */
  readonly server: readonly Entry[];
}

let last = 0;
/** One call as both nodes see it; the server's clock is a little ahead. */
function aCall(path: string, { src = web, isn }: { readonly src?: Endpoint; readonly isn?: string } = {}): Places {
  last += 10;
  const seen = (n: number, node: string, dst: Endpoint): Entry => {
    const at = NOW + last * 1000 + n;
    const connection = {
      id: `tcp-${node}-${last}`,
      transport: 'tcp' as const,
      index: 0,
      ...(isn !== undefined && { isn }),
    };
    return anHttpEntry(0, { id: idAt(at), timestamp: at, node, src, dst, summary: `GET ${path}`, connection });
  };
  return {
    client: [seen(1, 'node-1', cartService), seen(2, 'node-1', cartPod)],
    server: [seen(300_003, 'node-2', cartPod)],
  };
}

/** Of one hub everything it shows live, from now on: the newest of each id. */
async function watch(hub: string) {
  const live = await TestSocket.open(`${hub}/api/live`);
  live.send({ type: 'subscribe', query: '' });
  await live.next<LiveServerMessage>(({ type }) => type === 'state');
  const times = new Map<string, number>();
  const names = new Map<string, string | undefined>();
  live.ws.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as LiveServerMessage;
    if (message.type === 'rows')
      for (const { id, summary, src } of message.rows) {
        times.set(summary, (times.get(summary) ?? 0) + 1);
        names.set(id, src.name);
      }
    if (message.type === 'amended') for (const { id, src } of message.rows) names.set(id, src.name);
  });
  return { times, names };
}

const requestsOf = async (hub: string): Promise<number> => {
  const text = await (await fetch(`${hub}/metrics`)).text();
  return [...text.matchAll(/^kubeshark_requests_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
};

describe.each([
  ['one server', 1],
  ['two shards', 2],
])('two hubs of a cluster on %s', (_name, count) => {
  let servers: TestServers;
  let fake: FakeApiServer;
  let hubs: HubProcess[];
  const start = (urls: readonly string[]) => startHubOn(urls, { KUBESHARK_KUBERNETES_URL: fake.url });
  beforeAll(async () => {
    fake = await FakeApiServer.start();
    fake.set('nodes', aNode('node-1', '192.168.0.1'));
    fake.set('nodes', aNode('node-2', '192.168.0.2'));
    fake.set('pods', aPod({ name: 'web-1', ip: web.ip, labels: { app: 'web' }, startTime }));
    fake.set('pods', aPod({ name: 'cart-1', ip: cartPod.ip, labels: { app: 'cart' }, node: 'node-2', startTime }));
    fake.set('services', aService({ name: 'cart', clusterIP: cartService.ip, selector: { app: 'cart' } }));
    fake.set('endpointslices', aSlice('cart', [cartPod.ip]));
    servers = await startServers(count);
    hubs = [await start(servers.urls), await start(servers.urls.toReversed())];
  }, 60_000);
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()));
    await servers.dispose();
    await fake.close();
  });

  const both = <T>(read: (hub: string) => Promise<T>): Promise<T[]> => Promise.all(hubs.map(({ url }) => read(url)));
  const find = async (hub: string, query: string): Promise<EntryPage['rows']> =>
    EntryPage.parse(await ask(`${hub}/api/entries?limit=1000&q=${encodeURIComponent(query)}`)).rows;

  test('a call that was seen through both is one: in history, live, in counts and metrics', async () => {
    const watched = await both(watch);
    const before = await both(requestsOf);
    const [near, far] = await Promise.all([
      connectAgent(hubs[0]!.url, { node: 'node-1', instance: 'near' }),
      connectAgent(hubs[1]!.url, { node: 'node-2', instance: 'far' }),
    ]);
    const calls = Array.from({ length: 40 }, (_, n) =>
      // The same call again and again on some connections; every other one whose handshake was not seen.
      aCall(`/cart/${n % 20}`, {
        src: { ...web, port: 40_000 + (n % 4) },
        ...(n % 2 === 0 && { isn: `0000000${n % 4}-0000abcd` }),
      }),
    );
    for (let n = 0; n < 4; n++) {
      const part = calls.slice(n * 10, n * 10 + 10);
      near.agent.ws.send(
        frameOf(
          n + 1,
          part.flatMap(({ client }) => client),
        ),
      );
      far.agent.ws.send(
        frameOf(
          n + 1,
          part.flatMap(({ server }) => server),
        ),
      );
    }
    for (const { agent } of [near, far])
      await agent.next<HubMessage>((message) => message.type === 'ack' && message.seq === 4);
    const found = await until(
      () => both((hub) => find(hub, 'request.path exists')),
      ([one, two]) => one?.length === 40 && two?.length === 40,
    );
    for (const rows of found) {
      expect(rows.map(({ summary }) => summary).toSorted()).toEqual(
        calls.map(({ server }) => String(server[0]?.summary)).toSorted(),
      );
      expect(new Set(rows.map(({ node }) => node))).toEqual(new Set(['node-2']));
    }
    const entry = (await ask(`${hubs[0]!.url}/api/entries/${calls[7]?.server[0]?.id}`)) as Entry;
    expect(entry).toMatchObject({
      src: { pod: 'web-1' },
      dst: { pod: 'cart-1', service: 'cart' },
      capture: { vantages: ['node-1 to 10.1.0.9:8080 in 12.5 ms', 'node-1 to 10.2.0.1:80 in 12.5 ms'] },
    });
    for (const totals of await both(async (hub) => Totals.parse(await ask(`${hub}/api/stats/totals`))))
      expect(totals).toMatchObject({ count: 40 });
    const after = await both(requestsOf);
    expect(after.reduce((sum, number, hub) => sum + number - (before[hub] ?? 0), 0)).toBe(40);
    await until(
      () => Promise.resolve(watched.map(({ names }) => names.size)),
      (sizes) => sizes.every((size) => size === 40),
    );
    // Each of twenty calls was made twice.
    for (const { times } of watched) expect([...times.values()]).toEqual(Array.from({ length: 20 }, () => 2));
  }, 60_000);

  test('a name that came late is told to the live streams of both', async () => {
    const watched = await both(watch);
    const { agent } = await connectAgent(hubs[0]!.url, { node: 'node-3', instance: 'third' });
    const { client } = aCall('/late', { src: { ip: '10.1.0.77', port: 41_000 }, isn: '00000077-00000001' });
    agent.ws.send(frameOf(1, client));
    await agent.next<HubMessage>(({ type }) => type === 'ack');
    await until(
      () => Promise.resolve(watched),
      (hubs) => hubs.every(({ names }) => names.size === 1),
    );
    for (const { names } of watched) expect([...names.values()]).toEqual([undefined]);
    fake.set('pods', aPod({ name: 'late-1', ip: '10.1.0.77', startTime }));
    await until(
      () => Promise.resolve(watched.map(({ names }) => [...names.values()][0])),
      (names) => names.every((name) => name === 'late-1'),
    );
  }, 60_000);

  test('when a hub ends in the middle, its agent goes to the other: nothing is lost and nothing twice', async () => {
    // Agents of before, which go on counting their batches.
    const near = await connectAgent(hubs[0]!.url, { node: 'node-1', instance: 'near' });
    const far = await connectAgent(hubs[1]!.url, { node: 'node-2', instance: 'far' });
    const calls = Array.from({ length: 30 }, (_, n) => aCall(`/ends/${n}`, { isn: `000000${10 + n}-00000002` }));
    const client = calls.flatMap((call) => call.client);
    const server = calls.flatMap((call) => call.server);
    near.agent.ws.send(frameOf(10, client));
    far.agent.ws.send(frameOf(10, server));
    // The other hub has left its sightings out, in the belief that this one keeps its own.
    await near.agent.next<HubMessage>((message) => message.type === 'ack' && message.seq === 10);
    await hubs[1]!.stop('SIGKILL');
    const moved = await connectAgent(hubs[0]!.url, { node: 'node-2', instance: 'far' });
    moved.agent.ws.send(frameOf(10, server));
    await moved.agent.next<HubMessage>((message) => message.type === 'ack' && message.seq === 10);
    const rows = await find(hubs[0]!.url, 'request.path exists and summary startsWith "GET /ends/"');
    expect(rows.map(({ id }) => id).toSorted()).toEqual(server.map(({ id }) => id).toSorted());
    hubs[1] = await start(servers.urls);
    expect(await find(hubs[1].url, 'summary startsWith "GET /ends/"')).toHaveLength(30);
  }, 60_000);
});
