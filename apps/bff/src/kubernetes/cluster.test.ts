import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { ApiServer } from './api-server.ts';
import { Cluster } from './cluster.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { aNode, aPod, aService } from './testing/objects.ts';

const patience = { timeout: 20_000, interval: 20 };
/** Kinds the hub watches in a whole cluster. */
const KINDS = 7;

async function watched(prepare?: (fake: FakeApiServer) => void, namespaces: readonly string[] = []) {
  const fake = await FakeApiServer.start();
  onTestFinished(() => fake.close());
  prepare?.(fake);
  const server = await ApiServer.connect({ url: fake.url });
  const cluster = new Cluster({ server, retryMillis: 20, namespaces });
  onTestFinished(() => cluster.close());
  await cluster.settled();
  return { fake, cluster };
}

const NOW = () => Date.now() * 1000;
const podAt = (cluster: Cluster, ip: string) => cluster.names.name({ ip, port: 80 }, NOW()).end.pod;
const stateOf = (cluster: Cluster, kind: string) => cluster.kinds.find((each) => each.kind === kind)?.state;

afterEach(() => vi.restoreAllMocks());

test('one list and one watch a kind, whatever happens after', async () => {
  const { fake, cluster } = await watched((server) => server.set('pods', aPod({ name: 'first', ip: '10.1.0.1' })));
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  expect(podAt(cluster, '10.1.0.1')).toBe('first');
  for (let n = 0; n < 50; n++) fake.set('pods', aPod({ name: `p${n}`, ip: `10.1.1.${n}` }));
  fake.bookmark();
  fake.delete('pods', 'first', 'shop');
  await vi.waitFor(() => expect(cluster.names.counts.pods).toBe(50), patience);
  expect(podAt(cluster, '10.1.1.49')).toBe('p49');
  expect(cluster.requests).toEqual({ lists: KINDS, watches: KINDS });
  expect(fake.requests).toHaveLength(2 * KINDS);
});

test('a long list comes in pages', async () => {
  const { fake, cluster } = await watched((server) => {
    for (let n = 0; n < 1200; n++) server.set('pods', aPod({ name: `p${n}`, ip: `10.1.${n >> 8}.${n & 255}` }));
  });
  expect(cluster.names.counts.pods).toBe(1200);
  expect(fake.requests.filter((url) => /\/pods\?limit/.test(url))).toHaveLength(3);
});

test('a watch that breaks goes on where it was, without another list', async () => {
  const { fake, cluster } = await watched();
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  fake.disconnect();
  fake.set('pods', aPod({ name: 'meanwhile', ip: '10.1.0.2' }));
  await vi.waitFor(() => expect(podAt(cluster, '10.1.0.2')).toBe('meanwhile'), patience);
  expect(cluster.requests.lists).toBe(KINDS);
});

test('what the server has forgotten is listed again, and what went meanwhile is gone', async () => {
  const { fake, cluster } = await watched((server) => server.set('pods', aPod({ name: 'old', ip: '10.1.0.1' })));
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  fake.disconnect();
  fake.delete('pods', 'old', 'shop');
  fake.set('pods', aPod({ name: 'new', ip: '10.1.0.1', startTime: new Date().toISOString() }));
  fake.compact();
  await vi.waitFor(() => expect(podAt(cluster, '10.1.0.1')).toBe('new'), patience);
  expect(cluster.names.counts.pods).toBe(1);
  expect(cluster.requests.lists).toBeGreaterThan(KINDS);
});

test('a server that is away comes back, and is not stormed meanwhile', async () => {
  const { fake, cluster } = await watched((server) => server.set('pods', aPod({ name: 'a', ip: '10.1.0.1' })));
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  fake.isDown = true;
  fake.disconnect();
  await vi.waitFor(() => expect(stateOf(cluster, 'pods')).toBe('failed'), patience);
  // The names that were known are still known.
  expect(podAt(cluster, '10.1.0.1')).toBe('a');
  fake.isDown = false;
  fake.set('pods', aPod({ name: 'b', ip: '10.1.0.2' }));
  await vi.waitFor(() => expect(podAt(cluster, '10.1.0.2')).toBe('b'), patience);
  expect(stateOf(cluster, 'pods')).toBe('synced');
  expect(cluster.requests.lists).toBe(KINDS);
});

test('a kind that may not be read takes only its own names away, and is told', async () => {
  const { cluster } = await watched((server) => {
    server.denied.add('nodes');
    server.denied.add('replicasets');
    server.set('nodes', aNode('node-1', '192.168.0.1'));
    server.set(
      'pods',
      aPod({
        name: 'cart-abc-1',
        ip: '10.1.0.1',
        labels: { 'pod-template-hash': 'abc' },
        owner: { kind: 'ReplicaSet', name: 'cart-abc' },
      }),
    );
  });
  expect(cluster.names.name({ ip: '10.1.0.1', port: 80 }, NOW()).end).toMatchObject({
    pod: 'cart-abc-1',
    workload: 'cart',
  });
  expect(cluster.names.name({ ip: '192.168.0.1', port: 80 }, NOW()).is).toBe('unknown');
  expect(cluster.kinds.filter(({ state }) => state === 'denied')).toEqual([
    { kind: 'replicasets', state: 'denied', reason: expect.stringContaining('cannot list resource') },
    { kind: 'nodes', state: 'denied', reason: expect.stringContaining('cannot list resource') },
  ]);
});

test('with namespaces named, only those are asked for, and nothing of the whole cluster', async () => {
  const { fake, cluster } = await watched(
    (server) => {
      server.set('pods', aPod({ name: 'a', ip: '10.1.0.1', namespace: 'shop' }));
      server.set('pods', aPod({ name: 'b', ip: '10.1.0.2', namespace: 'web' }));
      server.set('pods', aPod({ name: 'c', ip: '10.1.0.3', namespace: 'secret' }));
    },
    ['shop', 'web'],
  );
  expect([podAt(cluster, '10.1.0.1'), podAt(cluster, '10.1.0.2'), podAt(cluster, '10.1.0.3')]).toEqual([
    'a',
    'b',
    undefined,
  ]);
  for (const url of fake.requests) expect(url).toMatch(/\/namespaces\/(shop|web)\//);
  expect(cluster.names.namespaces).toEqual(['shop', 'web']);
});

test.each([
  ['no JSON', '{"type":"ADDED"'],
  ['an object without a name', '{"type":"ADDED","object":{"metadata":{"uid":"x"}}}'],
  ['an event of another kind', '{"type":"SURPRISE","object":{}}'],
  ['nothing', 'null'],
  ['an error that is none', '{"type":"ERROR"}'],
])('a watch that says %s does no harm', async (_name, line) => {
  const { fake, cluster } = await watched((server) => server.set('pods', aPod({ name: 'a', ip: '10.1.0.1' })));
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  fake.say('pods', line);
  fake.set('pods', aPod({ name: 'b', ip: '10.1.0.2' }));
  await vi.waitFor(() => expect(podAt(cluster, '10.1.0.2')).toBe('b'), patience);
  expect(podAt(cluster, '10.1.0.1')).toBe('a');
});

test('an event larger than any object ends the watch, not the hub', async () => {
  const { fake, cluster } = await watched();
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  fake.say('services', `{"type":"ADDED","object":{"metadata":{"name":"${'x'.repeat(5 * 1024 * 1024)}`);
  fake.set('services', aService({ name: 'cart', clusterIP: '10.2.0.1' }));
  await vi.waitFor(() => expect(cluster.names.counts.services).toBe(1), patience);
});

test('events twice and in the wrong order change nothing', async () => {
  const { fake, cluster } = await watched();
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  const event = (type: string, version: number, ip: string) =>
    JSON.stringify({
      type,
      object: {
        ...aPod({ name: 'a', ip }),
        metadata: { name: 'a', namespace: 'shop', uid: 'u', resourceVersion: String(version) },
      },
    });
  for (const line of [
    event('ADDED', 1009, '10.1.0.9'),
    event('MODIFIED', 1010, '10.1.0.10'),
    event('MODIFIED', 1009, '10.1.0.9'),
  ])
    fake.say('pods', line);
  fake.say('pods', event('ADDED', 1010, '10.1.0.10'));
  fake.set('pods', aPod({ name: 'last', ip: '10.1.0.2' }));
  await vi.waitFor(() => expect(podAt(cluster, '10.1.0.2')).toBe('last'), patience);
  expect(podAt(cluster, '10.1.0.10')).toBe('a');
  expect(cluster.names.counts.pods).toBe(2);
});

test('whoever listens hears of many changes once', async () => {
  const fake = await FakeApiServer.start();
  onTestFinished(() => fake.close());
  const onChange = vi.fn();
  const cluster = new Cluster({ server: await ApiServer.connect({ url: fake.url }), retryMillis: 20 });
  cluster.onChange(onChange);
  onTestFinished(() => cluster.close());
  await vi.waitFor(() => expect(fake.watching).toBe(KINDS), patience);
  for (let n = 0; n < 200; n++) fake.set('pods', aPod({ name: `p${n}` }));
  await vi.waitFor(() => expect(cluster.names.counts.pods).toBe(200), patience);
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), patience);
  expect(onChange.mock.calls.length).toBeLessThan(20);
});
