/** Kubernetes objects as small as tests need them. */

import type { GivenObject } from './fake-api-server.ts';

interface PodOptions {
  readonly name: string;
  readonly ip?: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string };
  /** ISO 8601. */
  readonly startTime?: string;
  readonly phase?: string;
  readonly hostNetwork?: boolean;
  readonly ports?: readonly object[];
  readonly waiting?: string;
}

export const aPod = ({ name, ip, namespace = 'shop', node = 'node-1', ...more }: PodOptions): GivenObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace,
    labels: more.labels ?? {},
    ...(more.owner && {
      ownerReferences: [{ apiVersion: 'apps/v1', uid: 'x', controller: true, ...more.owner }],
    }),
  },
  spec: {
    nodeName: node,
    containers: [{ name: 'main', image: 'x', ...(more.ports && { ports: more.ports }) }],
    ...(more.hostNetwork && { hostNetwork: true }),
  },
  status: {
    phase: more.phase ?? 'Running',
    ...(ip !== undefined && { podIP: ip, podIPs: [{ ip }] }),
    startTime: more.startTime ?? '2026-01-05T10:00:00Z',
    ...(more.waiting !== undefined && {
      containerStatuses: [
        {
          name: 'main',
          image: 'x',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: more.waiting } },
        },
      ],
    }),
  },
});

interface ServiceOptions {
  readonly name: string;
  readonly clusterIP?: string;
  readonly namespace?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly [spec: string]: unknown;
}

export const aService = ({ name, clusterIP, namespace = 'shop', selector, ...spec }: ServiceOptions): GivenObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, creationTimestamp: '2026-01-05T09:00:00Z' },
  spec: {
    ports: [{ port: 80 }],
    ...spec,
    ...(clusterIP !== undefined && { clusterIP, clusterIPs: [clusterIP] }),
    ...(selector !== undefined && { selector }),
  },
});

export const aSlice = (service: string, ips: readonly string[], port = 8080, namespace = 'shop'): GivenObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-1`, namespace, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ips }],
  ports: [{ name: 'http', port, protocol: 'TCP' }],
});

export const aNode = (name: string, ip: string): GivenObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    addresses: [
      { type: 'InternalIP', address: ip },
      { type: 'Hostname', address: name },
    ],
  },
});

export const anOwned = (name: string, owner: { kind: string; name: string }, namespace = 'shop'): GivenObject => ({
  metadata: { name, namespace, ownerReferences: [{ apiVersion: 'apps/v1', uid: 'x', controller: true, ...owner }] },
});
