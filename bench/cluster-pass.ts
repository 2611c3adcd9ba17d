/** The API server of `bench/cluster.ts`: pods with all that real ones carry, and a rollout of as many as a line on stdin says. */

import { createInterface } from 'node:readline';
import { FakeApiServer, type GivenObject } from '../apps/bff/src/kubernetes/testing/fake-api-server.ts';

const pods = Number(process.argv[2] ?? '5000');
const PODS_OF_A_DEPLOYMENT = 10;

/** What the kubelet and controllers write into a pod, as large as it is in clusters: some 6 kB. */
function aPod(n: number, generation: number): GivenObject {
  const deployment = Math.floor(n / PODS_OF_A_DEPLOYMENT);
  const hash = `6d4cf${String(generation).padStart(5, '0')}`;
  const ip = `10.${(n >> 12) & 15}.${(n >> 4) & 255}.${(n & 15) + 1 + generation * 16}`;
  const container = {
    name: 'main',
    image: `registry.example.com/team/app-${deployment}:1.2.3`,
    ports: [{ containerPort: 8080 }],
  };
  const env = Array.from({ length: 25 }, (_, e) => ({ name: `SETTING_${e}`, value: `value-of-setting-${e}` }));
  const managedFields = Array.from({ length: 3 }, (_, m) => ({
    manager: `manager-${m}`,
    operation: 'Update',
    fieldsV1: {
      'f:metadata': Object.fromEntries(
        Array.from({ length: 20 }, (_unused, f) => [`f:field-${f}`, { '.': {}, 'f:x': {} }]),
      ),
    },
  }));
  return {
    metadata: {
      name: `app-${deployment}-${hash}-${n}`,
      namespace: `team-${deployment % 50}`,
      labels: { app: `app-${deployment}`, 'pod-template-hash': hash, 'app.kubernetes.io/part-of': 'platform' },
      ownerReferences: [{ kind: 'ReplicaSet', name: `app-${deployment}-${hash}`, uid: 'x', controller: true }],
      managedFields,
    },
    spec: { nodeName: `node-${n % 100}`, containers: [{ ...container, env }] },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      startTime: new Date().toISOString(),
      conditions: Array.from({ length: 4 }, (_, c) => ({
        type: `Condition${c}`,
        status: 'True',
        lastTransitionTime: new Date().toISOString(),
      })),
    },
  };
}

const fake = await FakeApiServer.start();
let jsonBytes = 0;
const set = (plural: string, object: GivenObject) => {
  jsonBytes += JSON.stringify(object).length;
  fake.set(plural, object);
};
for (let n = 0; n < pods; n++) set('pods', aPod(n, 0));
for (let d = 0; d < pods / PODS_OF_A_DEPLOYMENT; d++) {
  const namespace = `team-${d % 50}`;
  const app = `app-${d}`;
  const clusterIP = `10.96.${d >> 8}.${d & 255}`;
  set('services', {
    metadata: { name: app, namespace },
    spec: { clusterIP, selector: { app }, ports: [{ port: 80 }] },
  });
  set('replicasets', {
    metadata: {
      name: `${app}-6d4cf00000`,
      namespace,
      ownerReferences: [{ kind: 'Deployment', name: app, uid: 'x', controller: true }],
    },
  });
  const ips = Array.from({ length: PODS_OF_A_DEPLOYMENT }, (_, p) => `10.0.${d & 255}.${p + 1}`);
  set('endpointslices', {
    metadata: { name: app, namespace, labels: { 'kubernetes.io/service-name': app } },
    endpoints: ips.map((ip) => ({ addresses: [ip] })),
    ports: [{ port: 8080 }],
  });
}
for (let n = 0; n < 100; n++)
  set('nodes', {
    metadata: { name: `node-${n}` },
    status: { addresses: [{ type: 'InternalIP', address: `192.168.0.${n}` }] },
  });
process.stdout.write(`${JSON.stringify({ url: fake.url, jsonBytes })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const changes = Number(line);
  let last = '';
  for (let n = 0; n < changes; n++) {
    const next = aPod(n % pods, 1);
    const old = aPod(n % pods, 0).metadata;
    fake.set('pods', next);
    fake.delete('pods', old.name, old.namespace);
    last = (next['status'] as { podIP: string }).podIP;
  }
  process.stdout.write(`${JSON.stringify({ last })}\n`);
});
