import type { LiveServerMessage } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry, idAt } from '@kubeshark/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LiveBus } from '../live-bus/live-bus.ts';
import { compileFilter } from '../query/language.ts';
import { startHub } from '../testing/hub.ts';
import { TestSocket } from '../testing/socket.ts';
import { ApiServer } from './api-server.ts';
import { Cluster } from './cluster.ts';
import { ClusterNames } from './cluster-names.ts';
import { podOf } from './facts.ts';
import { LATE_MILLIS, LateNames, MAX_LATE, MAX_LATE_OF_ADDRESS, MAX_LATE_SIGHTINGS, NAMELESS } from './late-names.ts';
import { Naming } from './naming.ts';
import type { KubeObject } from './reflector.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { aPod, aService } from './testing/objects.ts';

const NOW = Date.now() * 1000;
const startTime = new Date(Date.now() - 60_000).toISOString();
let last = 0;
const aCall = (src: string, dst = '10.2.0.1', more: Partial<Entry> = {}): Entry => {
  last += 1;
  const at = NOW + last * 10;
  return anHttpEntry(0, {
    id: idAt(at),
    timestamp: at,
    src: { ip: src, port: 40_000 + (last % 20_000) },
    dst: { ip: dst, port: 80 },
    ...more,
  });
};

test('a call that was stored before its pod was known is named later: in the store, live, and once', async () => {
  const fake = await FakeApiServer.start();
  onTestFinished(() => fake.close());
  fake.set('services', aService({ name: 'cart', clusterIP: '10.2.0.1', selector: { app: 'cart' } }));
  fake.set('pods', aPod({ name: 'cart-1', ip: '10.1.0.9', labels: { app: 'cart' }, node: 'node-2', startTime }));
  const cluster = new Cluster({ server: await ApiServer.connect({ url: fake.url }), retryMillis: 50 });
  onTestFinished(() => cluster.close());
  const hub = await startHub({ cluster });
  await vi.waitFor(() => expect(fake.watching).toBeGreaterThan(0), { timeout: 20_000 });

  const open = async (query: string) => {
    const live = await TestSocket.open(`${hub.url}/api/live`);
    live.send({ type: 'subscribe', query });
    await live.next<LiveServerMessage>(({ type }) => type === 'state');
    return live;
  };
  const [everything, matchingLater, matchingBefore] = [
    await open(''),
    await open('src.pod == "late-1"'),
    await open('http and not src.pod exists'),
  ];

  // Two sightings of one call and one other, of a client that nobody knows: after its wait each is stored by itself.
  const client = { ip: '10.1.0.77', port: 40_000 };
  const seen = [
    aCall('10.1.0.77', '10.2.0.1', { src: client, node: 'node-1' }),
    aCall('10.1.0.77', '10.1.0.9', { src: client, dst: { ip: '10.1.0.9', port: 8080 }, node: 'node-2' }),
    aCall('10.1.0.77', '198.51.100.7'),
  ] as const;
  await hub.services.ingest.take(seen, AbortSignal.timeout(60_000));
  expect(await hub.services.store.find(seen[1].id)).not.toHaveProperty('src.pod');
  expect(hub.services.ingest.health).toMatchObject({ stored: 3, completed: 0, nameless: 3 });

  fake.set('pods', aPod({ name: 'late-1', ip: '10.1.0.77', labels: { app: 'late' }, startTime }));
  const amended = await everything.next<LiveServerMessage>(({ type }) => type === 'amended');
  expect(amended).toMatchObject({ removed: [seen[0].id] });
  expect(amended).toMatchObject({
    rows: expect.arrayContaining([
      expect.objectContaining({ id: seen[1].id, src: expect.objectContaining({ name: 'late-1', namespace: 'shop' }) }),
    ]) as unknown,
  });
  expect(await matchingLater.next<LiveServerMessage>(({ type }) => type === 'amended')).toMatchObject({
    rows: [{ id: expect.stringMatching(/^\d+$/) as unknown }, {}],
  });
  expect(await matchingBefore.next<LiveServerMessage>(({ type }) => type === 'amended')).toMatchObject({ rows: [] });

  // In the store the same, with labels and both places; and an API client reads it so.
  expect(await hub.services.store.find(seen[0].id)).toBeUndefined();
  expect(await hub.services.store.find(seen[1].id)).toMatchObject({
    src: { pod: 'late-1', labels: { app: 'late' } },
    dst: { pod: 'cart-1', service: 'cart' },
    capture: { vantages: ['node-1 to 10.2.0.1:80 in 12.5 ms'] },
  });
  const page = (await (
    await fetch(`${hub.url}/api/entries?q=${encodeURIComponent('src.pod == "late-1"')}`)
  ).json()) as {
    rows: { id: string }[];
  };
  expect(page.rows.map(({ id }) => id).toSorted()).toEqual([seen[1].id, seen[2].id]);
  const entry: unknown = await (await fetch(`${hub.url}/api/entries/${seen[2].id}`)).json();
  expect(entry).toMatchObject({ src: { pod: 'late-1' } });
  expect(hub.services.ingest.health).toMatchObject({ completed: 3, nameless: 0, namesGivenUp: 0, leftOut: 0 });
});

const podFacts = ({ uid, ...more }: { name: string; uid: string; ip: string; startTime: string }) => {
  const pod = aPod(more);
  return podOf({ ...pod, metadata: { resourceVersion: '1', ...pod.metadata, uid } } as unknown as KubeObject);
};

test('a hub that starts knows what was stored without names before', async () => {
  const hub = await startHub();
  const { store, bus } = hub.services;
  const calls = Array.from({ length: 700 }, (_, n) => aCall(n % 2 === 0 ? '10.1.0.5' : '198.51.100.1', '203.0.113.1'));
  const old = aCall('10.1.0.5', '203.0.113.1', {
    id: idAt(NOW - 2 * LATE_MILLIS * 1000),
    timestamp: NOW - 2 * LATE_MILLIS * 1000,
  });
  await store.insert([old, ...calls]);
  const names = new ClusterNames();
  const naming = new Naming({ names, settled: Promise.resolve(), holdMillis: 1 });
  const { where: nameless } = compileFilter(NAMELESS);
  const onError = (error: unknown) => expect(error).toBeUndefined();
  const late = new LateNames({ naming, store, bus, nameless, onError, pauseMillis: 10 });
  onTestFinished(() => late.close());
  await late.recall();
  expect(late.counts).toEqual({ completed: 0, nameless: 350, namesGivenUp: 0, leftOut: 0 });
  names.setPod(podFacts({ name: 'web-1', uid: 'web', ip: '10.1.0.5', startTime }), NOW);
  late.look();
  await vi.waitFor(() => expect(late.counts.completed).toBe(350), { timeout: 60_000 });
  expect(await store.count({ where: compileFilter('src.pod == "web-1"').where })).toMatchObject({ count: 350 });
  expect(await store.find(old.id), 'what is older waits no more').not.toHaveProperty('src.pod');
});

/** Late names over a store that is given by hand. */
function lateOver(store: { readonly fails: number } = { fails: 0 }) {
  const names = new ClusterNames();
  const naming = new Naming({ names, settled: Promise.resolve(), holdMillis: 1 });
  const bus = new LiveBus();
  const clock = { now: 0 };
  const kept = new Map<string, Entry>();
  const errors: unknown[] = [];
  let failures = store.fails;
  const late = new LateNames({
    naming,
    bus,
    store: {
      entries: () => Promise.reject(new Error('nothing is recalled')),
      findAll: (ids) => Promise.resolve(ids.flatMap((id) => kept.get(id) ?? [])),
      amend: ({ entries }) => {
        if (failures-- > 0) return Promise.reject(new Error('away'));
        for (const entry of entries) kept.set(entry.id, entry);
        return Promise.resolve({ namesOnly: 0 });
      },
    },
    nameless: undefined,
    onError: (error) => errors.push(error),
    pauseMillis: 1,
    sightingsMillis: 1,
    now: () => clock.now,
  });
  const note = (...entries: readonly Entry[]) => {
    for (const entry of entries) kept.set(entry.id, entry);
    late.note(entries);
  };
  return { late, naming, bus, names, clock, kept, errors, note };
}

test('who is known only after its time stays nameless, and is counted', () => {
  const { late, clock, note } = lateOver();
  note(aCall('10.9.0.1'), aCall('198.51.100.1', '203.0.113.1'));
  expect(late.counts).toEqual({ completed: 0, nameless: 2 - 1, namesGivenUp: 0, leftOut: 0 });
  clock.now = LATE_MILLIS;
  note(aCall('198.51.100.1', '203.0.113.1'));
  expect(late.counts).toEqual({ completed: 0, nameless: 0, namesGivenUp: 1, leftOut: 0 });
});

test('neither one stranger nor many make more wait than may', () => {
  const { late, note } = lateOver();
  note(...Array.from({ length: MAX_LATE_OF_ADDRESS + 5 }, () => aCall('10.9.0.1', '203.0.113.1')));
  expect(late.counts).toEqual({ completed: 0, nameless: MAX_LATE_OF_ADDRESS, namesGivenUp: 5, leftOut: 0 });
  note(...Array.from({ length: MAX_LATE }, (_, n) => aCall(`10.8.${n >> 8}.${n & 255}`, '203.0.113.1')));
  expect(late.counts).toEqual({ completed: 0, nameless: MAX_LATE, namesGivenUp: 5 + MAX_LATE_OF_ADDRESS, leftOut: 0 });
});

test('a store that does not answer is asked again', async () => {
  const { late, names, kept, errors, note } = lateOver({ fails: 2 });
  const call = aCall('10.1.0.5', '203.0.113.1');
  note(call);
  names.setPod(podFacts({ name: 'web-1', uid: 'web', ip: '10.1.0.5', startTime }), NOW);
  late.look();
  await vi.waitFor(() => expect(kept.get(call.id)?.src.pod).toBe('web-1'), { timeout: 20_000 });
  expect(errors).toHaveLength(2);
  expect(late.counts).toEqual({ completed: 1, nameless: 0, namesGivenUp: 0, leftOut: 0 });
});

test('who had the address at the time of the call gives the name, not who has it now', async () => {
  const { late, names, kept, note } = lateOver();
  const before = aCall('10.1.0.5', '203.0.113.1');
  const after = aCall('10.1.0.5', '203.0.113.1', { timestamp: NOW + 3_600_000_000 });
  note(before, after);
  names.setPod(podFacts({ name: 'old', uid: 'old', ip: '10.1.0.5', startTime }), NOW);
  names.removePod('old', NOW + 60_000_000);
  names.setPod(
    podFacts({ name: 'new', uid: 'new', ip: '10.1.0.5', startTime: new Date(NOW / 1000 + 120_000).toISOString() }),
    NOW + 120_000_000,
  );
  late.look();
  await vi.waitFor(() => expect(late.counts.completed).toBe(2));
  expect([before, after].map(({ id }) => kept.get(id)?.src.pod)).toEqual(['old', 'new']);
});

/** One call of a client behind a node port: as the pod's node sees it, and as the node does that the client called. */
function throughNode(n: number) {
  const connection = { id: `c-${n}`, transport: 'tcp' as const, index: 0, isn: `00000000-${n}` };
  const more = { connection, summary: `GET /${n}` };
  return {
    shown: aCall('192.168.0.1', '10.1.0.9', { ...more, node: 'node-2' }),
    late: aCall('203.0.113.7', '192.168.0.1', { ...more, node: 'node-1' }),
  };
}

test('a sighting that comes when its call is shown is added to it, in the store and live', async () => {
  const { late, names, naming, bus, kept } = lateOver();
  onTestFinished(() => late.close());
  names.setNode({ uid: 'node-1', name: 'node-1', ips: ['192.168.0.1'] });
  const { shown, late: second } = throughNode(1);
  const corrected: unknown[] = [];
  bus.onCorrection((corrections) => corrected.push(...corrections.map(({ after }) => after)));
  expect(await naming.prepare([shown])).toMatchObject([{ id: shown.id, src: { node: 'node-1' } }]);
  kept.set(shown.id, shown);
  expect(await naming.prepare([second]), 'it is no call of its own').toEqual([]);
  await vi.waitFor(() => expect(corrected).toHaveLength(1), { timeout: 20_000 });
  expect(kept.get(shown.id)).toMatchObject({
    node: 'node-2',
    src: { ip: '203.0.113.7' },
    capture: {
      vantages: [
        'node-1 to 192.168.0.1:80 in 12.5 ms',
        expect.stringMatching(/^node-2 to 10\.1\.0\.9:80 from 192\.168\.0\.1:\d+ in 12\.5 ms$/),
      ],
    },
  });
  expect(corrected).toEqual([kept.get(shown.id)]);
  expect(late.counts).toEqual({ completed: 0, nameless: 1, namesGivenUp: 0, leftOut: 0 });
});

test('of sightings that are late all the time so many wait, and what is never stored is given up', async () => {
  const { late, naming, clock } = lateOver();
  onTestFinished(() => late.close());
  const calls = Array.from({ length: MAX_LATE_SIGHTINGS + 5 }, (_, n) => throughNode(100 + n));
  await naming.prepare(calls.map(({ shown }) => shown));
  await naming.prepare(calls.map((call) => call.late));
  expect(late.counts.leftOut).toBe(5);
  clock.now = LATE_MILLIS;
  await vi.waitFor(() => expect(late.counts.leftOut).toBe(calls.length), { timeout: 20_000 });
});
