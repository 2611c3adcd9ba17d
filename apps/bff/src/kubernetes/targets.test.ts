import { ClusterInfo, type HubMessage, Settings, Targeting } from '@kubeshark/contract';
import { expect, onTestFinished, test, vi } from 'vitest';
import { hello } from '../testing/agent.ts';
import { startHub } from '../testing/hub.ts';
import { TestSocket } from '../testing/socket.ts';
import { ApiServer } from './api-server.ts';
import { Cluster } from './cluster.ts';
import { podOf } from './facts.ts';
import { podMatcher } from './pod-matcher.ts';
import type { KubeObject } from './reflector.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { aPod, aService } from './testing/objects.ts';

const stored = aPod({ name: 'cart-7d9f-x1', namespace: 'shop', labels: { app: 'cart' }, ip: '10.1.0.1' });
const pod = podOf({
  ...stored,
  metadata: { ...stored.metadata, uid: 'u', resourceVersion: '1' },
} as unknown as KubeObject);

test.each([
  ['nothing is asked for', {}, true],
  ['its namespace', { namespaces: ['shop', 'web'] }, true],
  ['another namespace', { namespaces: ['web'] }, false],
  ['its namespace left out', { excludedNamespaces: ['shop'] }, false],
  ['left out wins over asked for', { namespaces: ['shop'], excludedNamespaces: ['shop'] }, false],
  ['a pattern in its name', { regex: '^cart-' }, true],
  ['a pattern that is not', { regex: '^web-' }, false],
  ['its labels', { labelSelector: 'app in (cart, web)' }, true],
  ['other labels', { labelSelector: 'app=web' }, false],
  ['its service', { services: ['cart'] }, true],
  ['its service with its namespace', { services: ['shop/cart'] }, true],
  ['a service of that name elsewhere', { services: ['web/cart'] }, false],
  ['all at once', { namespaces: ['shop'], regex: 'cart', labelSelector: 'app=cart', services: ['cart'] }, true],
  ['all but one', { namespaces: ['shop'], regex: 'cart', labelSelector: 'app=cart', services: ['db'] }, false],
])('%s: %j', (_name, asked, expected) => {
  const matcher = podMatcher(Targeting.parse(asked));
  expect('fault' in matcher ? matcher.fault : matcher(pod, () => ['cart'])).toBe(expected);
});

const put = (url: string, body: object) =>
  fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function hubInCluster() {
  const fake = await FakeApiServer.start();
  onTestFinished(() => fake.close());
  fake.set('pods', aPod({ name: 'cart-1', ip: '10.1.0.1', namespace: 'shop', labels: { app: 'cart' } }));
  fake.set('pods', aPod({ name: 'web-1', ip: '10.1.0.2', namespace: 'web' }));
  fake.set(
    'pods',
    aPod({ name: 'cart-2', ip: '10.1.0.3', namespace: 'shop', node: 'node-2', labels: { app: 'cart' } }),
  );
  fake.set('pods', aPod({ name: 'proxy', ip: '192.168.0.1', namespace: 'shop', hostNetwork: true }));
  fake.set(
    'pods',
    aPod({ name: 'kubeshark-front-1', ip: '10.1.0.9', namespace: 'kubeshark', labels: { app: 'kubeshark-front' } }),
  );
  fake.set('services', aService({ name: 'cart', selector: { app: 'cart' } }));
  const front = { name: 'kubeshark-front', namespace: 'kubeshark', clusterIP: '10.2.0.99' };
  fake.set('services', aService({ ...front, selector: { app: 'kubeshark-front' } }));
  const cluster = new Cluster({ server: await ApiServer.connect({ url: fake.url }), retryMillis: 50 });
  onTestFinished(() => cluster.close());
  await cluster.settled();
  const hub = await startHub({ cluster });
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello({ node: 'node-1' }));
  const { config } = await agent.next<Extract<HubMessage, { type: 'welcome' }>>(({ type }) => type === 'welcome');
  const settings = Settings.parse(await (await fetch(`${hub.url}/api/settings`)).json());
  const want = (tap: object) => put(`${hub.url}/api/settings`, { ...settings, tap });
  const told = async () =>
    (await agent.next<Extract<HubMessage, { type: 'config' }>>(({ type }) => type === 'config')).config;
  return { fake, hub, config, want, told };
}

test('without targets everything is captured; with them, an agent gets the pods of its node, as they come and go', async () => {
  const { fake, hub, config, want, told } = await hubInCluster();
  expect(config.targets).toBeUndefined();
  expect((await want({ namespaces: ['shop'] })).status).toBe(200);
  expect((await told()).targets).toEqual(['10.1.0.1']);
  const info = ClusterInfo.parse(await (await fetch(`${hub.url}/api/cluster`)).json());
  expect(info).toMatchObject({ isCluster: true, targets: { pods: 2, hostNetwork: 1 }, pods: 5 });

  fake.set('pods', aPod({ name: 'cart-3', ip: '10.1.0.4', namespace: 'shop' }));
  expect((await told()).targets).toEqual(['10.1.0.1', '10.1.0.4']);
  fake.delete('pods', 'cart-1', 'shop');
  expect((await told()).targets).toEqual(['10.1.0.4']);
  await want({ services: ['nobody'] });
  expect((await told()).targets).toEqual([]);
  await want({});
  expect((await told()).targets).toBeUndefined();
});

test('an agent is not told of what happens on other nodes', async () => {
  const { fake, want, told } = await hubInCluster();
  await want({ namespaces: ['shop'] });
  await told();
  fake.set('pods', aPod({ name: 'far', ip: '10.1.0.7', namespace: 'shop', node: 'node-2' }));
  fake.set('pods', aPod({ name: 'near', ip: '10.1.0.8', namespace: 'shop', node: 'node-1' }));
  // The first it hears is about its own node.
  expect((await told()).targets).toEqual(['10.1.0.1', '10.1.0.8']);
});

test('capture is paused and resumed, and stays so', async () => {
  const { hub, want, told } = await hubInCluster();
  await want({ paused: true });
  expect((await told()).paused).toBe(true);
  const later = await TestSocket.open(`${hub.url}/api/agent`);
  later.send(hello({ instance: 'later', node: 'node-2' }));
  expect(await later.next<HubMessage>()).toMatchObject({ type: 'welcome', config: { paused: true } });
  await want({});
  expect((await told()).paused).toBeUndefined();
});

test("the hubs' own connections are left out", async () => {
  const { hub, told } = await hubInCluster();
  hub.services.targets.listening(8899);
  const { except } = await told();
  expect(except).toContainEqual({ address: '10.1.0.9', port: 8899 });
  expect(except).toContainEqual({ address: '10.2.0.99', port: 80 });
  expect(except).not.toContainEqual({ address: '10.2.0.99', port: 8899 });
});

test.each([
  ['a pattern that is none', { regex: '(' }, /pattern/],
  ['a pattern that only backtracking could run', { regex: '(a)\\1' }, /pattern/],
  ['a selector that is none', { labelSelector: 'app=cart,' }, /label selector/],
  ['a namespace that is none', { namespaces: ['Shop'] }, /DNS label/],
])('%s is refused, and nothing changes', async (_name, tap, why) => {
  const { hub, want } = await hubInCluster();
  const answer = await want(tap);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'KS_BAD_REQUEST', message: expect.stringMatching(why) });
  expect(hub.services.targets.wanted).toEqual(Targeting.parse({}));
});

test('targets are what they were after a restart', async () => {
  const { hub, want } = await hubInCluster();
  await want({ namespaces: ['shop'], paused: true });
  const { tap } = Settings.parse(await (await fetch(`${hub.url}/api/settings`)).json());
  expect(tap).toMatchObject({ namespaces: ['shop'], paused: true });
  await vi.waitFor(() => expect(hub.services.targets.wanted).toEqual(tap));
});
