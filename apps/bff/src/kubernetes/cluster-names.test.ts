import type { Endpoint } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { ClusterNames } from './cluster-names.ts';
import { endpointSliceOf, nodeOf, ownedOf, podOf, serviceOf } from './facts.ts';
import type { KubeObject } from './reflector.ts';
import type { GivenObject } from './testing/fake-api-server.ts';
import { aNode, anOwned, aPod, aService, aSlice } from './testing/objects.ts';

let uid = 0;
const stored = (object: GivenObject) => {
  uid += 1;
  return { ...object, metadata: { uid: `u${uid}`, resourceVersion: '1', ...object.metadata } } as unknown as KubeObject;
};
const NOW = Date.parse('2026-01-05T12:00:00Z') * 1000;
const end = (ip: string, port = 8080, more: Partial<Endpoint> = {}): Endpoint => ({ ip, port, ...more });

/** A shop: two services over one deployment, one without cluster address, things on a node. */
function shop(): ClusterNames {
  const names = new ClusterNames();
  names.setNode(nodeOf(stored(aNode('node-1', '192.168.0.1'))));
  const hash = '6d4cf56db6';
  names.setPod(
    podOf(
      stored(
        aPod({
          name: `cart-${hash}-x2x4z`,
          ip: '10.42.0.5',
          labels: { app: 'cart', 'pod-template-hash': hash },
          owner: { kind: 'ReplicaSet', name: `cart-${hash}` },
        }),
      ),
    ),
    NOW,
  );
  names.setPod(
    podOf(
      stored(
        aPod({ name: 'db-0', ip: '10.42.0.6', labels: { app: 'db' }, owner: { kind: 'StatefulSet', name: 'db' } }),
      ),
    ),
    NOW,
  );
  names.setPod(
    podOf(stored(aPod({ name: 'nightly-28890-abc', ip: '10.42.0.7', owner: { kind: 'Job', name: 'nightly-28890' } }))),
    NOW,
  );
  names.setPod(podOf(stored(aPod({ name: 'alone', ip: '10.42.0.8' }))), NOW);
  names.setPod(
    podOf(
      stored(
        aPod({
          name: 'exporter-1',
          ip: '192.168.0.1',
          namespace: 'monitoring',
          hostNetwork: true,
          ports: [{ containerPort: 9100 }],
          owner: { kind: 'DaemonSet', name: 'exporter' },
        }),
      ),
    ),
    NOW,
  );
  names.setOwned('Job', ownedOf(stored(anOwned('nightly-28890', { kind: 'CronJob', name: 'nightly' }))));
  names.setService(
    serviceOf(stored(aService({ name: 'cart', clusterIP: '10.43.0.10', selector: { app: 'cart' } }))),
    NOW,
  );
  names.setService(
    serviceOf(
      stored(
        aService({
          name: 'cart-admin',
          clusterIP: '10.43.0.11',
          selector: { app: 'cart' },
          ports: [{ port: 81, nodePort: 30081 }],
          type: 'NodePort',
        }),
      ),
    ),
    NOW,
  );
  names.setService(serviceOf(stored(aService({ name: 'db', clusterIP: 'None', selector: { app: 'db' } }))), NOW);
  names.setService(
    serviceOf(stored(aService({ name: 'mail', externalName: 'smtp.example.com', type: 'ExternalName' }))),
    NOW,
  );
  const balanced = aService({ name: 'front', clusterIP: '10.43.0.12', type: 'LoadBalancer' });
  names.setService(
    serviceOf(stored({ ...balanced, status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } } })),
    NOW,
  );
  names.setSlice(endpointSliceOf(stored(aSlice('cart', ['10.42.0.5'], 8080))));
  names.setSlice(endpointSliceOf(stored(aSlice('cart-admin', ['10.42.0.5'], 8081))));
  return names;
}

test.each([
  [
    'a pod by its port',
    end('10.42.0.5', 8080),
    {
      name: 'cart',
      service: 'cart',
      workload: 'cart',
      pod: 'cart-6d4cf56db6-x2x4z',
      namespace: 'shop',
      node: 'node-1',
    },
  ],
  ['the same pod by another service’s port', end('10.42.0.5', 8081), { name: 'cart-admin', service: 'cart-admin' }],
  ['the same pod as a client', end('10.42.0.5', 51234), { name: 'cart', service: 'cart', labels: { app: 'cart' } }],
  ['a pod of a headless service', end('10.42.0.6', 5432), { name: 'db', service: 'db', workload: 'db', pod: 'db-0' }],
  ['a pod of a cron job', end('10.42.0.7'), { name: 'nightly', workload: 'nightly', pod: 'nightly-28890-abc' }],
  ['a bare pod', end('10.42.0.8'), { name: 'alone', pod: 'alone' }],
  ['a cluster address', end('10.43.0.10', 80), { name: 'cart', service: 'cart', namespace: 'shop' }],
  ['a load balancer’s address', end('203.0.113.9', 80), { name: 'front', service: 'front' }],
  ['a node port', end('192.168.0.1', 30081), { name: 'cart-admin', service: 'cart-admin', node: 'node-1' }],
  [
    'a pod on the host’s network',
    end('192.168.0.1', 9100),
    { name: 'exporter', pod: 'exporter-1', namespace: 'monitoring' },
  ],
  ['the node itself', end('192.168.0.1', 6443), { name: 'node-1', node: 'node-1' }],
  [
    'a process on the node',
    end('192.168.0.1', 6443, { name: 'kubelet', process: 'kubelet' }),
    { name: 'kubelet', node: 'node-1' },
  ],
  ['an external name', end('198.51.100.1', 25, { dns: 'smtp.example.com.' }), { name: 'mail', service: 'mail' }],
  [
    'somebody outside',
    end('198.51.100.2', 443, { name: 'api.example.org', dns: 'api.example.org' }),
    { name: 'api.example.org' },
  ],
])('%s', (_name, asked, known) => {
  expect(shop().name(asked, NOW).end).toMatchObject({ ip: asked.ip, port: asked.port, ...known });
});

test('somebody outside stays as they are', () => {
  const stranger = end('198.51.100.2', 443);
  expect(shop().name(stranger, NOW)).toEqual({ end: stranger, is: 'unknown' });
});

test('the replica set’s owner is followed, whatever it is called', () => {
  const names = shop();
  names.setOwned('ReplicaSet', ownedOf(stored(anOwned('cart-6d4cf56db6', { kind: 'Rollout', name: 'cart-canary' }))));
  expect(names.name(end('10.42.0.5'), NOW).end.workload).toBe('cart-canary');
});

test('an address means what it meant at the time of the call', () => {
  const names = new ClusterNames();
  const at = (clock: string) => Date.parse(`2026-01-05T${clock}Z`) * 1000;
  const first = podOf(stored(aPod({ name: 'first', ip: '10.42.0.9', startTime: '2026-01-05T10:00:00Z' })));
  names.setPod(first, at('10:00:01'));
  names.removePod(first.uid, at('11:00:00'));
  names.setPod(
    podOf(stored(aPod({ name: 'second', ip: '10.42.0.9', startTime: '2026-01-05T11:00:30Z' }))),
    at('11:00:31'),
  );
  const podAt = (clock: string) => names.name(end('10.42.0.9'), at(clock)).end.pod;
  expect([podAt('10:30:00'), podAt('11:00:05'), podAt('11:00:20'), podAt('11:01:00')]).toEqual([
    'first',
    'first',
    undefined,
    'second',
  ]);
  names.prune(at('13:00:00'));
  expect([podAt('10:30:00'), podAt('11:01:00'), names.counts.pods]).toEqual([undefined, 'second', 1]);
});

test('a pod that is over gives its address back, one that moves takes its new one', () => {
  const names = new ClusterNames();
  const job = stored(aPod({ name: 'job', ip: '10.42.0.9' }));
  names.setPod(podOf(job), NOW);
  names.setPod(podOf({ ...job, status: { phase: 'Succeeded', podIP: '10.42.0.9' } }), NOW + 1e6);
  expect(names.name(end('10.42.0.9'), NOW + 60e6).is).toBe('unknown');
  names.setPod(
    podOf({ ...job, status: { phase: 'Running', podIP: '10.42.0.10', startTime: '2026-01-05T12:02:00Z' } }),
    NOW + 120e6,
  );
  expect(names.name(end('10.42.0.10'), NOW + 130e6).end.pod).toBe('job');
});

test('what is removed leaves nothing behind', () => {
  const names = new ClusterNames();
  const pod = podOf(stored(aPod({ name: 'p', ip: '10.42.0.5', labels: { app: 'cart' } })));
  const service = serviceOf(
    stored(
      aService({ name: 'cart', clusterIP: '10.43.0.10', selector: { app: 'cart' }, ports: [{ nodePort: 30080 }] }),
    ),
  );
  const slice = endpointSliceOf(stored(aSlice('cart', ['10.42.0.5'])));
  const node = nodeOf(stored(aNode('node-1', '192.168.0.1')));
  names.setPod(pod, NOW);
  names.setService(service, NOW);
  names.setSlice(slice);
  names.setNode(node);
  expect(names.counts).toEqual({ pods: 1, services: 1, nodes: 1, namespaces: 1, addresses: 3 });
  names.removePod(pod.uid, NOW);
  names.removeService(service.uid, NOW);
  names.removeSlice(slice.uid);
  names.removeNode(node.uid);
  for (const again of [pod.uid, service.uid, slice.uid, node.uid, 'never-seen']) {
    names.removePod(again, NOW);
    names.removeService(again, NOW);
    names.removeSlice(again);
    names.removeNode(again);
    names.removeOwned(again);
  }
  names.prune(NOW + 2 * 3600e6);
  expect(names.counts).toEqual({ pods: 0, services: 0, nodes: 0, namespaces: 0, addresses: 0 });
});
