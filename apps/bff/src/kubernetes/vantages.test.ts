import type { Endpoint, Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import type { Named } from './cluster-names.ts';
import { type Sighting, Vantages } from './vantages.ts';

const client: Endpoint = { ip: '10.1.0.5', port: 40_000, name: 'web', namespace: 'shop', pod: 'web-1', node: 'n1' };
const pod: Endpoint = {
  ip: '10.1.0.9',
  port: 8080,
  name: 'cart',
  service: 'cart',
  namespace: 'shop',
  pod: 'cart-1',
  node: 'n2',
};
const service: Endpoint = { ip: '10.2.0.1', port: 80, name: 'cart-v2', service: 'cart-v2', namespace: 'shop' };

let id = 0;
function seen(node: string, dst: Endpoint, more: Partial<Entry> & { src?: Endpoint; is?: Named['is'] } = {}): Sighting {
  const { is = dst === service ? 'service' : 'pod', ...rest } = more;
  id += 1;
  return { entry: anHttpEntry(0, { id: String(id), node, src: client, dst, ...rest }), src: 'pod', dst: is };
}
const joined = async (...batches: readonly (readonly Sighting[])[]) => {
  const vantages = new Vantages(30);
  const kept = await Promise.all(batches.map((batch) => vantages.join(batch)));
  return { kept: kept.flat(), joined: vantages.joined };
};

test('a call to a service, seen on both nodes, is one, nearest to the server, with what the client asked for', async () => {
  const { kept, joined: count } = await joined(
    [seen('n1', service, { latency: 14 })],
    [seen('n1', pod)],
    [seen('n2', pod)],
  );
  expect(count).toBe(2);
  expect(kept).toMatchObject([
    {
      node: 'n2',
      dst: { ip: '10.1.0.9', pod: 'cart-1', service: 'cart-v2', name: 'cart-v2' },
      capture: { vantages: ['n1 to 10.1.0.9:8080 in 12.5 ms', 'n1 to 10.2.0.1:80 in 14 ms'] },
    },
  ]);
});

test('what each agent knows of the processes at its ends is kept', async () => {
  const near = seen('n1', service, { src: { ...client, process: 'node', pid: 7 } });
  const far = seen('n2', { ...pod, process: 'nginx', pid: 8 });
  const { kept } = await joined([near], [far]);
  expect(kept).toMatchObject([{ src: { process: 'node', pid: 7 }, dst: { process: 'nginx', pid: 8 } }]);
});

test.each([
  ['the same call made twice', [seen('n2', pod), seen('n2', pod)], 2],
  ['another client port', [seen('n1', service), seen('n2', pod, { src: { ...client, port: 40_001 } })], 2],
  ['another path', [seen('n1', service), seen('n2', pod, { summary: 'GET /other' })], 2],
  ['another time', [seen('n1', service), seen('n2', pod, { timestamp: anHttpEntry(0).timestamp + 3_000_000 })], 2],
  [
    'a service of another namespace',
    [seen('n1', { ...service, namespace: 'x' }, { is: 'service' }), seen('n2', pod)],
    2,
  ],
  ['two pods', [seen('n2', pod), seen('n3', { ...pod, ip: '10.1.0.10' })], 2],
  [
    'clocks a second apart',
    [seen('n1', service), seen('n2', pod, { timestamp: anHttpEntry(0).timestamp + 1_000_000 })],
    1,
  ],
] as const)('%s', async (_name, sightings, calls) => {
  expect((await joined(sightings)).kept).toHaveLength(calls);
});

test('the same call ten times on one connection, seen twice each, is ten calls', async () => {
  const times = Array.from({ length: 10 }, (_, n) => anHttpEntry(0).timestamp + n * 20_000);
  const { kept, joined: count } = await joined(
    times.map((timestamp) => seen('n1', service, { timestamp })),
    times.map((timestamp) => seen('n2', pod, { timestamp: timestamp + 900_000 })),
  );
  expect(kept).toHaveLength(10);
  expect(count).toBe(10);
});

test('calls that leave the cluster, or come into it, wait for nobody', async () => {
  const vantages = new Vantages(60_000);
  const outside = { ...seen('n1', service), src: 'unknown' as const };
  const away = { ...seen('n1', pod), dst: 'unknown' as const };
  expect(await vantages.join([outside, away])).toHaveLength(2);
});

test('a sighting that comes late is left out, not shown again', async () => {
  const vantages = new Vantages(10);
  expect(await vantages.join([seen('n2', pod)])).toHaveLength(1);
  expect(await vantages.join([seen('n1', service)])).toHaveLength(0);
  expect(vantages.joined).toBe(1);
});
