import type { Endpoint, Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Named } from './cluster-names.ts';
import type { Sighting, Told } from './sighting.ts';
import type { LogReader, SightingLog } from './sighting-log.ts';
import { Vantages } from './vantages.ts';

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
const vantagesOf = (holdMillis: number) =>
  new Vantages({ holdMillis, nameOf: (end) => end, timeOf: ({ timestamp }) => timestamp });
const joined = async (...batches: readonly (readonly Sighting[])[]) => {
  const vantages = vantagesOf(30);
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

test('calls of which nothing tells that they are seen elsewhere wait for nobody', async () => {
  const vantages = vantagesOf(60_000);
  const outside = { ...seen('n1', service), src: 'unknown' as const };
  const away = { ...seen('n1', pod), dst: 'unknown' as const };
  const own = seen('n1', pod, { src: { ip: '127.0.0.1', port: 5 }, connection: on('1-2') });
  expect(await vantages.join([outside, away, { ...own, src: 'unknown' }])).toHaveLength(3);
});

const on = (isn: string): Entry['connection'] => ({ id: 'c', transport: 'tcp', index: 0, isn });
const at = (sighting: Sighting, src: Named['is'], dst: Named['is']): Sighting => ({ ...sighting, src, dst });
const outside: Endpoint = { ip: '203.0.113.9', port: 51_000, dns: 'crawler.example' };
const node: Endpoint = { ip: '192.168.0.1', port: 61_000, name: 'n1', node: 'n1' };
const nodePort: Endpoint = {
  ip: '192.168.0.1',
  port: 30_080,
  name: 'cart',
  service: 'cart',
  namespace: 'shop',
  node: 'n1',
};

test('a client of a node port behind source translation is one call, of the client', async () => {
  const connection = on('0000aaaa-0000bbbb');
  const { kept, joined: count } = await joined(
    [
      at(seen('n1', nodePort, { src: outside, connection }), 'unknown', 'service'),
      at(seen('n1', pod, { src: node, connection }), 'node', 'pod'),
    ],
    [at(seen('n2', pod, { src: node, connection }), 'node', 'pod')],
  );
  expect(count).toBe(2);
  expect(kept).toMatchObject([
    {
      node: 'n2',
      src: { ip: '203.0.113.9', port: 51_000, name: 'crawler.example' },
      dst: { ip: '10.1.0.9', pod: 'cart-1', service: 'cart' },
      capture: {
        vantages: [
          'n1 to 10.1.0.9:8080 from 192.168.0.1:61000 in 12.5 ms',
          'n1 to 192.168.0.1:30080 in 12.5 ms',
          'n2 to 10.1.0.9:8080 from 192.168.0.1:61000 in 12.5 ms',
        ],
      },
    },
  ]);
});

test('a pod’s call out of the cluster, which its node makes its own, is one call of the pod', async () => {
  const connection = on('0000aaaa-0000cccc');
  const away: Endpoint = { ip: '198.51.100.7', port: 443 };
  const { kept } = await joined([
    at(seen('n1', away, { src: node, connection }), 'node', 'unknown'),
    at(seen('n1', away, { connection }), 'pod', 'unknown'),
  ]);
  expect(kept).toMatchObject([{ src: { pod: 'web-1' }, dst: away }]);
});

test.each([
  [
    'other sequence numbers from the same client',
    [seen('n1', service, { connection: on('1-2') }), seen('n2', pod, { connection: on('1-3') })],
    2,
  ],
  [
    'the same ones, and another call',
    [seen('n1', service, { connection: on('1-2') }), seen('n2', pod, { connection: on('1-2'), summary: 'GET /other' })],
    2,
  ],
  [
    'the same ones at the same place',
    [seen('n2', pod, { connection: on('1-2') }), seen('n2', pod, { connection: on('1-2') })],
    2,
  ],
  ['one that did not see the handshake', [seen('n1', service), seen('n2', pod, { connection: on('1-2') })], 1],
  ['one that did not, come last', [seen('n2', pod, { connection: on('1-2') }), seen('n1', service)], 1],
] as const)('%s', async (_name, sightings, calls) => {
  expect((await joined(sightings)).kept).toHaveLength(calls);
});

test('clocks that differ by minutes are corrected before they are compared, and only then', async () => {
  const minutes = 180_000_000;
  const late = () => seen('n2', pod, { timestamp: anHttpEntry(0).timestamp + minutes });
  for (const [ahead, calls] of [
    [minutes, 1],
    [0, 2],
  ] as const) {
    const timeOf = (entry: Entry) => entry.timestamp - (entry.node === 'n2' ? ahead : 0);
    const vantages = new Vantages({ holdMillis: 20, nameOf: (end) => end, timeOf });
    const [own, kept] = await Promise.all([vantages.join([seen('n1', service)]), vantages.join([late()])]);
    expect([...own, ...kept]).toHaveLength(calls);
    // What is shown is of one clock: the one of the node that is nearest to the server.
    expect(kept[0]?.timestamp).toBe(anHttpEntry(0).timestamp + minutes);
  }
});

/** Two hubs read one log, each in its own time and portions. */
class SlowLog implements SightingLog {
  readonly readers: LogReader[] = [];
  readonly told: { readonly at: number; readonly sightings: readonly Told[] }[] = [];
  now = 0;

  read(reader: LogReader): void {
    this.readers.push(reader);
  }

  tell(sightings: readonly Told[]): Promise<boolean> {
    this.told.push({ at: this.now, sightings });
    return Promise.resolve(true);
  }

  /** A reader goes on from one time to another. */
  pass(reader: number, from: number, until: number): void {
    for (const { at: toldAt, sightings } of this.told)
      if (toldAt > from && toldAt <= until) this.readers[reader]?.heard(sightings, toldAt);
    this.readers[reader]?.passed(until);
  }
}

test('however two hubs read what they tell each other, each call is kept once', async () => {
  const when = fc.integer({ min: 1, max: 3_000_000 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ places: fc.array(fc.tuple(fc.nat(1), when), { minLength: 1, maxLength: 3 }) }), {
        maxLength: 8,
      }),
      fc.array(when, { maxLength: 12 }),
      fc.array(when, { maxLength: 12 }),
      async (calls, ...looks) => {
        const log = new SlowLog();
        const hubs = [0, 1].map(() => new Vantages({ log, nameOf: (end) => end, timeOf: (entry) => entry.timestamp }));
        const places = [() => seen('n1', service), () => seen('n1', pod), () => seen('n2', pod)];
        const sightings = calls.flatMap((call, n) =>
          call.places.map(([hub, time], place) => {
            const { entry, ...ends } = places[place]!();
            return { hub, time, sighting: { ...ends, entry: { ...entry, connection: on(`${n}-0`) } } };
          }),
        );
        const kept: Promise<readonly Entry[]>[] = [];
        for (const { hub, time, sighting } of sightings.toSorted((a, b) => a.time - b.time)) {
          log.now = time;
          kept.push(hubs[hub]!.join([sighting]));
        }
        const END = 10_000_000;
        for (const [reader, times] of looks.entries()) {
          let from = 0;
          for (const until of [...times.toSorted((a, b) => a - b), END]) {
            log.pass(reader, from, until);
            from = until;
          }
        }
        const found = (await Promise.all(kept)).flat().map(({ connection }) => String(connection.isn));
        expect(found.toSorted()).toEqual(calls.map((_, n) => `${n}-0`).toSorted());
        expect(hubs.reduce((sum, hub) => sum + hub.joined, 0)).toBe(sightings.length - calls.length);
      },
    ),
  );
});

test('a sighting that comes late is left out, not shown again', async () => {
  const vantages = vantagesOf(10);
  expect(await vantages.join([seen('n2', pod)])).toHaveLength(1);
  expect(await vantages.join([seen('n1', service)])).toHaveLength(0);
  expect(vantages.joined).toBe(1);
});
