import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { anHttpEntry, idAt } from '@kubeshark/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { startHub } from '../testing/hub.ts';
import { Cluster } from './cluster.ts';
import { aNode, anOwned, aPod, aService, aSlice } from './testing/objects.ts';
import { type RealApiServer, realApiServer } from './testing/real-api-server.ts';
import { fakeSubject, realSubject, type Subject } from './testing/subjects.ts';

const root = path.join(import.meta.dirname, '../../../..');
const kubectl = path.join(root, '.cache/kube-tools/kubectl');
const patience = { timeout: 30_000, interval: 50 };
let real: RealApiServer | undefined;
const withKubectl = (...args: string[]) => asKubectl(args);
function asKubectl(args: readonly string[], input?: string) {
  if (real === undefined) throw new Error('no API server runs');
  const target = [`--server=${real.url}`, `--certificate-authority=${real.caFile}`, '--token=admin-token'];
  const run = spawnSync(kubectl, [...target, ...args], { encoding: 'utf8', input, env: { HOME: real.directory } });
  return { ok: run.status === 0, text: run.stdout, fault: run.stderr };
}

/** A real API server where there is one (`pnpm test:kube`); the fake is held to the same answers. */
const subjects: (readonly [name: string, start: () => Promise<Subject>])[] = [['the fake', fakeSubject]];
if (realApiServer !== undefined) {
  const program = realApiServer;
  subjects.push(['a real API server', () => realSubject(program)]);
}

describe.each(subjects)('with %s', (_name, start) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await start();
    await subject.set('nodes', aNode('node-1', '192.168.0.1'));
  }, 180_000);
  afterAll(() => subject.close());

  async function watch() {
    const cluster = new Cluster({ server: await subject.connect(), retryMillis: 100 });
    onTestFinished(() => cluster.close());
    await cluster.settled();
    return cluster;
  }
  const endAt = (cluster: Cluster, ip: string, port = 8080) => cluster.names.name({ ip, port }, Date.now() * 1000).end;

  test('names are right as pods come, move and go, and addresses are used again', async () => {
    const cluster = await watch();
    const pod = (name: string, ip: string) =>
      aPod({
        name,
        ip,
        labels: { app: 'cart', 'pod-template-hash': 'abc' },
        owner: { kind: 'ReplicaSet', name: 'cart-abc' },
        startTime: new Date().toISOString(),
      });
    await subject.set('services', aService({ name: 'cart', clusterIP: '10.96.0.20', selector: { app: 'cart' } }));
    await subject.set('replicasets', {
      ...anOwned('cart-abc', { kind: 'Deployment', name: 'cart' }),
      spec: {
        selector: { matchLabels: { app: 'cart' } },
        template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [{ name: 'x', image: 'x' }] } },
      },
    });
    await subject.set('pods', pod('cart-abc-1', '10.1.0.1'));
    await subject.set('endpointslices', aSlice('cart', ['10.1.0.1']));
    await vi.waitFor(
      () =>
        expect(endAt(cluster, '10.1.0.1')).toMatchObject({
          pod: 'cart-abc-1',
          service: 'cart',
          workload: 'cart',
          namespace: 'shop',
          node: 'node-1',
        }),
      patience,
    );
    await vi.waitFor(() => expect(endAt(cluster, '10.96.0.20')).toMatchObject({ service: 'cart' }), patience);
    await vi.waitFor(() => expect(endAt(cluster, '192.168.0.1').node).toBe('node-1'), patience);

    await subject.remove('pods', 'cart-abc-1', 'shop');
    await subject.set('pods', pod('cart-abc-2', '10.1.0.1'));
    await vi.waitFor(() => expect(endAt(cluster, '10.1.0.1').pod).toBe('cart-abc-2'), patience);
    expect(cluster.kinds.every(({ state }) => state === 'synced')).toBe(true);
    // Where the newer address of endpoint slices is unknown, one request more finds the older one.
    const { lists, watches } = cluster.requests;
    expect([lists, watches]).toEqual([expect.toSatisfy((count: number) => count === 7 || count === 8), 7]);
  });

  test('a call that was stored before its pod was known is named when the watch tells', async () => {
    const hub = await startHub({ cluster: await watch() });
    const at = Date.now() * 1000;
    const call = anHttpEntry(0, {
      id: idAt(at),
      timestamp: at,
      src: { ip: '10.1.7.7', port: 40_000 },
      dst: { ip: '198.51.100.7', port: 80 },
    });
    await hub.services.ingest.take([call], AbortSignal.timeout(60_000));
    expect(hub.services.ingest.health).toMatchObject({ stored: 1, nameless: 1 });
    const startTime = new Date(at / 1000 - 5_000).toISOString();
    await subject.set('pods', aPod({ name: 'late-1', ip: '10.1.7.7', startTime }));
    await vi.waitFor(
      async () => expect(await hub.services.store.find(call.id)).toMatchObject({ src: { pod: 'late-1' } }),
      patience,
    );
    expect(hub.services.ingest.health).toMatchObject({ completed: 1, nameless: 0 });
  });

  test('a watch from a version that is forgotten is told so', async () => {
    await subject.forget();
    const server = await subject.connect();
    onTestFinished(() => server.close());
    const said = await server
      .open({ path: '/api/v1/pods?watch=1&resourceVersion=1', signal: AbortSignal.timeout(20_000) })
      .then(async (answer) => {
        for await (const chunk of answer) return JSON.parse(String(chunk)) as unknown;
        return undefined;
      });
    expect(said).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  test('lists have a version, and only metadata when only that is asked for', async () => {
    const server = await subject.connect();
    onTestFinished(() => server.close());
    const signal = AbortSignal.timeout(20_000);
    const list = (await server.json({ path: '/api/v1/pods?limit=500', signal })) as {
      kind: string;
      metadata: { resourceVersion: string };
      items: unknown[];
    };
    expect(list.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(Array.isArray(list.items)).toBe(true);
    const partial = (await server.json({
      path: '/api/v1/pods?limit=500',
      signal,
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    })) as { kind: string; items: object[] | null };
    expect(partial.kind).toBe('PartialObjectMetadataList');
    for (const item of partial.items ?? []) expect(item).not.toHaveProperty('spec');
  });

  test('a question about rights is answered', async () => {
    const server = await subject.connect();
    onTestFinished(() => server.close());
    const answer = await server.create(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'list', resource: 'pods' } },
      },
      AbortSignal.timeout(20_000),
    );
    expect(answer).toMatchObject({ status: { allowed: true } });
  });
});

const why = realApiServer === undefined ? ': pnpm test:kube starts one' : '';
describe.skipIf(realApiServer === undefined || !existsSync(kubectl))(`the chart on a real API server${why}`, () => {
  let subject: Subject;
  beforeAll(async () => {
    const started = await realSubject(realApiServer ?? '');
    real = started.server;
    subject = started;
  }, 180_000);
  afterAll(() => subject.close());

  /** Kinds this server has; the rest need a newer one, or an operator's definitions. */
  const isKnown = (apiVersion: string) => !/^(policy\/v1$|traefik|monitoring)/.test(apiVersion);
  const golden = path.join(root, 'deploy/helm/golden');
  const objectsOf = (set: string) =>
    parseAllDocuments(readFileSync(path.join(golden, set), 'utf8'))
      .map((document) => document.toJS() as { apiVersion: string } | null)
      .filter((object) => object !== null && isKnown(object.apiVersion))
      .map((object) => stringify(object))
      .join('---\n');

  test.each(readdirSync(golden))('%s is accepted', (set) => {
    for (const name of ['production', 'staging']) asKubectl(['create', 'namespace', name]);
    const { ok, fault } = asKubectl(['apply', '--dry-run=server', '-f', '-'], objectsOf(set));
    expect(ok, fault).toBe(true);
  });

  test("the service account may what the hub needs, and the guide's command says so", async () => {
    const before = await watchAsHub();
    expect(before.kinds.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'denied'));

    expect(asKubectl(['apply', '-f', '-'], objectsOf('default.yaml')).fault).toBe('');
    const canI = ['auth', 'can-i', '--as=system:serviceaccount:kubeshark:kubeshark', '-n', 'default'];
    expect(withKubectl(...canI, 'list', 'pods').text.trim()).toBe('yes');
    expect(withKubectl(...canI, 'delete', 'pods').text.trim()).toBe('no');
    expect(withKubectl(...canI, 'list', 'secrets').text.trim()).toBe('no');

    const after = await watchAsHub();
    // The chart asks for the endpoint slices of 1.21 and later, which this server has under an older name.
    expect(after.kinds.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'synced'));
  });

  async function watchAsHub(): Promise<Cluster> {
    if (real === undefined) throw new Error('no API server runs');
    const cluster = new Cluster({ server: await real.connect('hub'), retryMillis: 100 });
    onTestFinished(() => cluster.close());
    await cluster.settled();
    return cluster;
  }
});
