import { type Check, DoctorReport, Settings } from '@kubeshark/contract';
import { expect, onTestFinished, test } from 'vitest';
import { ApiServer } from '../../kubernetes/api-server.ts';
import { Cluster } from '../../kubernetes/cluster.ts';
import { FakeApiServer } from '../../kubernetes/testing/fake-api-server.ts';
import { aPod } from '../../kubernetes/testing/objects.ts';
import { hello } from '../../testing/agent.ts';
import { startHub } from '../../testing/hub.ts';
import { TestSocket } from '../../testing/socket.ts';

const agentPod = (node: string, waiting?: string) =>
  aPod({
    name: `kubeshark-tap-${node}`,
    namespace: 'kubeshark',
    node,
    labels: { app: 'kubeshark-tap' },
    hostNetwork: true,
    ...(waiting !== undefined && { waiting }),
  });

interface Given {
  readonly prepare?: (fake: FakeApiServer) => void;
  /** Nodes of the agents that connect. */
  readonly agents?: readonly string[];
  readonly tap?: object;
}

async function checksOf({ prepare, agents = [], tap }: Given): Promise<(id: string) => Check> {
  const fake = await FakeApiServer.start();
  onTestFinished(() => fake.close());
  prepare?.(fake);
  const cluster = new Cluster({ server: await ApiServer.connect({ url: fake.url }), retryMillis: 50 });
  onTestFinished(() => cluster.close());
  await cluster.settled();
  const hub = await startHub({ cluster });
  for (const [index, node] of agents.entries()) {
    const agent = await TestSocket.open(`${hub.url}/api/agent`);
    agent.send(hello({ node, instance: String(index) }));
    await agent.next();
  }
  if (tap !== undefined) {
    const settings = Settings.parse(await (await fetch(`${hub.url}/api/settings`)).json());
    const body = JSON.stringify({ ...settings, tap });
    await fetch(`${hub.url}/api/settings`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
  }
  const { checks } = DoctorReport.parse(await (await fetch(`${hub.url}/api/doctor`)).json());
  return (id) => {
    const found = checks.find((check) => check.id === id);
    if (found === undefined) throw new Error(`no check ${id}`);
    return found;
  };
}

const daemonSet = (wanted: number) => ({
  metadata: { name: 'kubeshark-tap', namespace: 'kubeshark' },
  status: { desiredNumberScheduled: wanted },
});

test('an agent that does not run is named with its node and why', async () => {
  const check = await checksOf({
    agents: ['node-1', 'node-2'],
    prepare: (fake) => {
      fake.set('daemonsets', daemonSet(3));
      fake.set('pods', agentPod('node-1'));
      fake.set('pods', agentPod('node-2'));
      fake.set('pods', agentPod('node-3', 'ImagePullBackOff'));
    },
  });
  expect(check('every-node')).toMatchObject({
    state: 'warning',
    evidence: '2 of 3 agents connected; none from node-3 (ImagePullBackOff)',
    nextStep: expect.stringContaining('kubectl get pods -n kubeshark -l app=kubeshark-tap'),
  });
  expect(check('one-agent').state).toBe('ok');
});

test.each([
  [
    'all are there',
    { agents: ['node-1'], prepare: (fake: FakeApiServer) => fake.set('daemonsets', daemonSet(1)) },
    'every-node',
    'ok',
    '1 of 1 agent connected',
  ],
  [
    'nobody knows how many',
    { agents: ['node-1'] },
    'every-node',
    'unknown',
    '1 node with an agent; how many there should be is not known',
  ],
  [
    'no agent at all',
    { prepare: (fake: FakeApiServer) => fake.set('daemonsets', daemonSet(2)) },
    'every-node',
    'failed',
    '0 of 2 agents connected',
  ],
  [
    'two on a node',
    { agents: ['node-1', 'node-1'] },
    'one-agent',
    'warning',
    'a second agent on node-1 is turned away',
  ],
  ['everything is wanted', {}, 'targets', 'ok', 'every pod is a target'],
  ['capture is paused', { tap: { paused: true } }, 'targets', 'failed', 'capture is paused'],
  [
    'targets that match nothing',
    { tap: { labelSelector: 'app=nobody' } },
    'targets',
    'failed',
    '0 pods match the targets',
  ],
  [
    'a namespace that is not there',
    {
      tap: { namespaces: ['shop', 'shpo'] },
      prepare: (fake: FakeApiServer) => fake.set('pods', aPod({ name: 'a', ip: '10.1.0.1' })),
    },
    'targets',
    'warning',
    '1 pod matches the targets; there is no namespace shpo',
  ],
  ['all rights', {}, 'rights', 'ok', 'the service account may list and watch what names are made of'],
  ['names', {}, 'names', 'ok', 'names are up to date'],
] as const)('%s', async (_name, given, id, state, evidence) => {
  expect((await checksOf(given))(id)).toMatchObject({ state, evidence });
});

test('rights that are missing are asked of the API server, and told with the command that shows them', async () => {
  const nodes = await checksOf({ prepare: (fake) => fake.denied.add('nodes') });
  expect(nodes('rights')).toMatchObject({
    state: 'warning',
    evidence: 'the service account may not: list nodes, watch nodes',
  });
  const pods = await checksOf({ prepare: (fake) => fake.denied.add('pods') });
  expect(pods('rights')).toMatchObject({
    state: 'failed',
    nextStep: expect.stringContaining(
      'kubectl auth can-i list pods --as=system:serviceaccount:kubeshark:kubeshark -n default',
    ),
  });
});

test('outside of a cluster there are no checks about one', async () => {
  const hub = await startHub();
  const { checks } = DoctorReport.parse(await (await fetch(`${hub.url}/api/doctor`)).json());
  expect(checks.map(({ id }) => id)).not.toContain('rights');
});
