import type { CaptureHealth, DoctorReport, EntryPage, Settings } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findProgram } from '../../../scripts/system-packages.ts';
import { addressOf, OUTSIDE, type PodPlan, type ServicePlan, TwoNodes } from './testing/two-nodes.ts';

const hindrance =
  process.getuid?.() !== 0
    ? 'network namespaces need root'
    : ['ip', 'iptables', 'tcpdump'].find((program) => findProgram(program) === undefined);

const web: PodPlan = { name: 'web-1', namespace: 'shop', app: 'web', node: 1, host: 10 };
const batch: PodPlan = { name: 'batch-1', namespace: 'night', app: 'batch', node: 1, host: 11 };
const near: PodPlan = { name: 'stock-1', namespace: 'shop', app: 'stock', node: 1, host: 20 };
const far: PodPlan = { name: 'cart-1', namespace: 'shop', app: 'cart', node: 2, host: 20 };
const cart: ServicePlan = {
  name: 'cart',
  namespace: 'shop',
  clusterIp: '10.96.0.10',
  app: 'cart',
  to: far,
  nodePort: 30_080,
};
const stock: ServicePlan = { name: 'stock', namespace: 'shop', clusterIp: '10.96.0.11', app: 'stock', to: near };

/** Where else a call was seen, and where its client's address was another. */
const othersOf = ({ capture: { vantages = [] } }: Entry): readonly string[] =>
  vantages.map((place) => place.replace(/ in .*/, '').replace(/(from .*):.*/, '$1')).toSorted();
/** Every place; the one that is told may be any of them, when the word of the nearest came late. */
const placesOf = (call: Entry): readonly string[] =>
  [`${call.node} to ${call.dst.ip}:${call.dst.port}`, ...othersOf(call)].toSorted();

/** Two nodes of real processes on a loaded machine. */
const patience = { timeout: 60_000, interval: 300 };

describe.skipIf(hindrance !== undefined)(`two nodes${hindrance === undefined ? '' : `: ${hindrance}`}`, () => {
  let cluster: TwoNodes;
  beforeAll(async () => {
    cluster = await TwoNodes.start([web, batch, near, far], [cart, stock]);
  }, 180_000);
  afterAll(() => cluster?.close(), 60_000);

  const find = (query: string) => {
    const { rows } = cluster.ask(`/api/entries?limit=100&q=${encodeURIComponent(query)}`) as EntryPage;
    return rows.toSorted((a, b) => a.summary.localeCompare(b.summary));
  };
  const entry = (id: string) => cluster.ask(`/api/entries/${id}`) as Entry;
  const seen = (query: string, count: number) => vi.waitFor(() => expect(find(query)).toHaveLength(count), patience);

  test('calls to a service appear once, named, with every place they were seen at', { timeout: 120_000 }, async () => {
    const urls = (host: string, path: string) => Array.from({ length: 5 }, (_, n) => `http://${host}/${path}/${n}`);
    expect(cluster.call(web, urls(cart.clusterIp, 'far'))).toEqual([200, 200, 200, 200, 200]);
    cluster.call(web, urls(stock.clusterIp, 'near'));
    cluster.call(batch, urls(`${addressOf(far)}:8080`, 'direct'));
    await seen('http', 15);

    const rows = find('http and request.path startsWith "/far/"');
    expect(rows.map(({ summary }) => summary)).toEqual(Array.from({ length: 5 }, (_, n) => `GET /far/${n}`));
    for (const { id } of rows) {
      const { src, dst, response } = entry(id);
      expect(src).toMatchObject({
        name: 'web-1',
        pod: 'web-1',
        namespace: 'shop',
        node: 'node-1',
        labels: { app: 'web' },
      });
      expect(dst).toMatchObject({
        ip: addressOf(far),
        port: 8080,
        name: 'cart',
        service: 'cart',
        pod: 'cart-1',
        node: 'node-2',
      });
      expect(response).toMatchObject({ status: 200 });
      await vi.waitFor(
        () =>
          expect(placesOf(entry(id))).toEqual([
            'node-1 to 10.244.2.20:8080',
            'node-1 to 10.96.0.10:80',
            'node-2 to 10.244.2.20:8080',
          ]),
        patience,
      );
    }
    // Within one node the service's address and the pod's are two places as well.
    const [first] = find('http and request.path == "/near/0"');
    expect(entry(first?.id ?? '')).toMatchObject({
      dst: { pod: 'stock-1', service: 'stock' },
      capture: { vantages: [expect.stringMatching(/^node-1 to 10\.96\.0\.11:80/)] },
    });
    const health = cluster.ask('/api/health/capture') as CaptureHealth;
    expect(health.ingest.joined).toBe(5 * 2 + 5 + 5);
  });

  test('a client of a node port, and a pod that goes out, are seen through translation of their address', {
    timeout: 120_000,
  }, async () => {
    const paths = Array.from({ length: 5 }, (_, n) => `/through/${n}`);
    expect(cluster.callFromOutside(paths.map((path) => `http://192.168.77.1:30080${path}`))).toEqual(
      paths.map(() => 200),
    );
    await seen('http and request.path startsWith "/through/"', 5);
    for (const { id } of find('http and request.path startsWith "/through/"')) {
      await vi.waitFor(() => {
        const into = entry(id);
        expect(othersOf(into)).toEqual([
          'node-1 to 10.244.2.20:8080 from 192.168.77.1',
          'node-1 to 192.168.77.1:30080',
          'node-2 to 10.244.2.20:8080 from 192.168.77.1',
        ]);
        expect(into).toMatchObject({
          src: { ip: OUTSIDE.client },
          dst: { pod: 'cart-1', service: 'cart', ip: addressOf(far) },
        });
        expect(into.src.node).toBeUndefined();
      }, patience);
    }

    expect(cluster.call(web, [`http://${OUTSIDE.server}/out`])).toEqual([200]);
    await seen('http and request.path == "/out"', 1);
    const [row] = find('http and request.path == "/out"');
    await vi.waitFor(() => {
      const out = entry(row?.id ?? '');
      expect(out).toMatchObject({ src: { pod: 'web-1', ip: addressOf(web) }, dst: { ip: '203.0.113.80' } });
      expect(placesOf(out)).toEqual(['node-1 to 203.0.113.80:8080', 'node-1 to 203.0.113.80:8080 from 192.168.77.1']);
    }, patience);
  });

  test('namespaces, services and nodes filter them', () => {
    expect(find('http and src.namespace == "night"')).toHaveLength(5);
    expect(find('http and dst.service == "cart" and src.pod == "web-1"')).toHaveLength(5);
    expect(find('http and dst.node == "node-1"')).toHaveLength(5);
    expect(find('dst.port == 8899')).toEqual([]);
  });

  test('the doctor sees both agents, and the names', () => {
    const { checks } = cluster.ask('/api/doctor') as DoctorReport;
    const state = (id: string) => checks.find((check) => check.id === id)?.state;
    expect([state('agents'), state('packets'), state('names'), state('rights'), state('one-agent')]).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
    ]);
  });

  test('with a namespace as target the kernel lets nothing else through', { timeout: 120_000 }, async () => {
    const settings = cluster.ask('/api/settings') as Settings;
    cluster.ask('/api/settings', { method: 'PUT', body: { ...settings, tap: { namespaces: ['night'] } } });
    await vi.waitFor(() => {
      cluster.call(batch, [`http://${cart.clusterIp}/chosen`]);
      cluster.call(web, [`http://${cart.clusterIp}/other`]);
      cluster.call(batch, [`http://${cart.clusterIp}/after`]);
      expect(find('http and request.path == "/after"').length).toBeGreaterThan(0);
    }, patience);
    const before = find('http and request.path == "/other"').length;
    cluster.call(web, [`http://${cart.clusterIp}/other`]);
    cluster.call(batch, [`http://${cart.clusterIp}/last`]);
    await seen('http and request.path == "/last"', 1);
    expect(find('http and request.path == "/other"')).toHaveLength(before);
    const { agents } = cluster.ask('/api/health/capture') as CaptureHealth;
    expect(agents.find(({ node }) => node === 'node-2')?.notes).toContain('no pod of this node is a target');
  });
});
