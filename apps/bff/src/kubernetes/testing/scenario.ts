/**
 * What happens in the recorded cluster, and what each address means afterwards. record.ts plays it on a real API server, through
 * a proxy; the tests play the recording.
 */

import { aNode, anOwned, aPod, aService, aSlice } from './objects.ts';
import type { Subject } from './subjects.ts';

/** Between the hub and the real server. */
export interface Line {
  /** Breaks every watch; requests wait until `release`. */
  cut(): void;
  release(): void;
  /** Resolves when the server has sent a bookmark. */
  bookmark(): Promise<void>;
}

interface Meaning {
  readonly pod?: string;
  readonly service?: string;
  readonly workload?: string;
  readonly namespace?: string;
  readonly node?: string;
}

export interface ScenarioStep {
  readonly name: string;
  act(subject: Subject, line: Line): Promise<void>;
  /** Of addresses, at port 8080; undefined: nobody's. */
  readonly means: Readonly<Record<string, Meaning | undefined>>;
  /** Kinds that may not be read. */
  readonly denied: readonly string[];
}

/** Before the hub comes: rights on all but nodes. */
export async function prepare(subject: Subject): Promise<void> {
  const resources = ['pods', 'services', 'namespaces', 'endpointslices', 'replicasets', 'jobs'];
  const role = { name: 'kubeshark' };
  await subject.set('clusterroles', {
    kind: 'ClusterRole',
    metadata: role,
    rules: [{ apiGroups: ['', 'apps', 'batch', 'discovery.k8s.io'], resources, verbs: ['list', 'watch'] }],
  });
  await bind(subject, role.name);
  await subject.set('nodes', aNode('node-1', '192.168.0.1'));
  await subject.set('services', aService({ name: 'cart', clusterIP: '10.96.0.20', selector: { app: 'cart' } }));
  await subject.set('pods', pod('cart-abc-1', '10.1.0.1', 'node-1'));
  await subject.set('endpointslices', aSlice('cart', ['10.1.0.1']));
  await subject.set('replicasets', {
    ...anOwned('cart-abc', { kind: 'Deployment', name: 'cart' }),
    spec: {
      selector: { matchLabels: { app: 'cart' } },
      template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [{ name: 'x', image: 'x' }] } },
    },
  });
}

const bind = (subject: Subject, name: string) =>
  subject.set('clusterrolebindings', {
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [
      { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccount:kubeshark:kubeshark' },
    ],
  });

const pod = (name: string, ip: string, node: string) =>
  aPod({
    name,
    ip,
    node,
    labels: { app: 'cart', 'pod-template-hash': 'abc' },
    owner: { kind: 'ReplicaSet', name: 'cart-abc' },
    startTime: new Date().toISOString(),
  });

const cart = { service: 'cart', workload: 'cart', namespace: 'shop' };

export const scenario: readonly ScenarioStep[] = [
  {
    name: 'the hub may read all but nodes',
    act: () => Promise.resolve(),
    means: {
      '10.1.0.1': { ...cart, pod: 'cart-abc-1', node: 'node-1' },
      '10.96.0.20': { service: 'cart', namespace: 'shop' },
      '192.168.0.1': undefined,
    },
    denied: ['nodes'],
  },
  {
    name: 'it gets the right',
    act: async (subject) => {
      await subject.set('clusterroles', {
        kind: 'ClusterRole',
        metadata: { name: 'kubeshark-nodes' },
        rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch'] }],
      });
      await bind(subject, 'kubeshark-nodes');
    },
    means: { '192.168.0.1': { node: 'node-1' } },
    denied: [],
  },
  {
    name: 'a pod comes',
    act: (subject) => subject.set('pods', pod('cart-abc-2', '10.1.0.2', 'node-1')),
    means: { '10.1.0.2': { ...cart, pod: 'cart-abc-2', node: 'node-1' }, '10.1.0.3': undefined },
    denied: [],
  },
  {
    name: 'it is moved to another node',
    act: async (subject) => {
      await subject.remove('pods', 'cart-abc-2', 'shop');
      await subject.set('pods', pod('cart-abc-2', '10.2.0.2', 'node-2'));
    },
    means: { '10.2.0.2': { ...cart, pod: 'cart-abc-2', node: 'node-2' } },
    denied: [],
  },
  {
    name: 'its first address is used again',
    act: (subject) =>
      subject.set(
        'pods',
        aPod({ name: 'web-1', ip: '10.1.0.2', labels: { app: 'web' }, startTime: new Date().toISOString() }),
      ),
    means: { '10.1.0.2': { pod: 'web-1', namespace: 'shop' }, '10.2.0.2': { ...cart, pod: 'cart-abc-2' } },
    denied: [],
  },
  {
    name: 'the line breaks, and the server remembers',
    act: async (subject, line) => {
      line.cut();
      await subject.set('services', aService({ name: 'web', clusterIP: '10.96.0.21', selector: { app: 'web' } }));
      line.release();
    },
    means: { '10.96.0.21': { service: 'web' }, '10.1.0.2': { pod: 'web-1', service: 'web' } },
    denied: [],
  },
  {
    name: 'the line breaks, and the server has forgotten',
    act: async (subject, line) => {
      line.cut();
      await subject.remove('pods', 'cart-abc-1', 'shop');
      await subject.set('pods', pod('cart-abc-3', '10.1.0.1', 'node-1'));
      await subject.forget();
      line.release();
    },
    means: { '10.1.0.1': { ...cart, pod: 'cart-abc-3' } },
    denied: [],
  },
  {
    name: 'a service comes, and then nothing for a while',
    act: async (subject, line) => {
      await subject.set('services', aService({ name: 'late', clusterIP: '10.96.0.22', selector: { app: 'late' } }));
      await line.bookmark();
    },
    means: { '10.96.0.22': { service: 'late' }, '10.2.0.2': { ...cart, pod: 'cart-abc-2', node: 'node-2' } },
    denied: [],
  },
];
