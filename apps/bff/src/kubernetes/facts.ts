/** The few facts names are made of, read out of the API's objects. Anything may be missing or of another type. */

import type { KubeObject } from './reflector.ts';

type Json = Readonly<Record<string, unknown>>;

const objectAt = (value: unknown, key: string): Json => {
  const part = (value as Json | null | undefined)?.[key];
  return typeof part === 'object' && part !== null && !Array.isArray(part) ? (part as Json) : {};
};
const listAt = (value: unknown, key: string): readonly Json[] => {
  const part = (value as Json | null | undefined)?.[key];
  return Array.isArray(part) ? part.filter((item): item is Json => typeof item === 'object' && item !== null) : [];
};
const textAt = (value: unknown, key: string): string | undefined => {
  const part = (value as Json | null | undefined)?.[key];
  return typeof part === 'string' && part !== '' ? part : undefined;
};
const numberAt = (value: unknown, key: string): number | undefined => {
  const part = (value as Json | null | undefined)?.[key];
  return typeof part === 'number' ? part : undefined;
};
const textsAt = (value: unknown, key: string): readonly string[] => {
  const part = (value as Json | null | undefined)?.[key];
  return Array.isArray(part) ? part.filter((item): item is string => typeof item === 'string' && item !== '') : [];
};

/** Labels kept of one pod: what people select by; the rest would only fill memory. */
const MAX_LABELS = 64;

function labelsOf(value: unknown, key: string): Readonly<Record<string, string>> {
  const texts = Object.entries(objectAt(value, key)).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return Object.fromEntries(texts.slice(0, MAX_LABELS));
}

const microsOf = (text: string | undefined): number | undefined => {
  const millis = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(millis) ? undefined : millis * 1000;
};

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

const ownerOf = ({ metadata }: KubeObject): Owner | undefined => {
  const owners = listAt(metadata, 'ownerReferences');
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
  const kind = textAt(owner, 'kind');
  const name = textAt(owner, 'name');
  return kind === undefined || name === undefined ? undefined : { kind, name };
};

export interface Pod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly node: string | undefined;
  /** Its own addresses; those of its node when it uses the host's network. */
  readonly ips: readonly string[];
  readonly isHostNetwork: boolean;
  /** Ports it opens on its node: of a pod on the host's network all it declares. */
  readonly hostPorts: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: Owner | undefined;
  /** Microseconds. */
  readonly startedAt: number | undefined;
  /** Its containers have ended: its address is free for another. */
  readonly isOver: boolean;
  /** Why a container does not run: `ImagePullBackOff`. */
  readonly trouble: string | undefined;
}

export function podOf(object: KubeObject): Pod {
  const { metadata } = object;
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const isHostNetwork = spec['hostNetwork'] === true;
  const ports = listAt(spec, 'containers').flatMap((container) => listAt(container, 'ports'));
  const first = textAt(status, 'podIP');
  const ips = listAt(status, 'podIPs').flatMap((entry) => textAt(entry, 'ip') ?? []);
  const phase = textAt(status, 'phase');
  const waiting = listAt(status, 'containerStatuses').map((each) => objectAt(objectAt(each, 'state'), 'waiting'));
  return {
    uid: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    node: textAt(spec, 'nodeName'),
    ips: ips.length > 0 ? ips : first === undefined ? [] : [first],
    isHostNetwork,
    hostPorts: ports.flatMap(
      (port) => numberAt(port, 'hostPort') ?? (isHostNetwork ? (numberAt(port, 'containerPort') ?? []) : []),
    ),
    labels: labelsOf(metadata, 'labels'),
    owner: ownerOf(object),
    startedAt: microsOf(textAt(status, 'startTime') ?? textAt(metadata, 'creationTimestamp')),
    isOver: phase === 'Succeeded' || phase === 'Failed',
    trouble: waiting.flatMap((state) => textAt(state, 'reason') ?? []).find((reason) => reason !== 'ContainerCreating'),
  };
}

export interface Service {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Addresses that are this service's alone: of the cluster, of load balancers, and external ones. */
  readonly ips: readonly string[];
  readonly nodePorts: readonly number[];
  /** Ports it listens on at its addresses. */
  readonly ports: readonly number[];
  readonly externalName: string | undefined;
  readonly selector: Readonly<Record<string, string>>;
  readonly createdAt: number | undefined;
}

export function serviceOf(object: KubeObject): Service {
  const { metadata } = object;
  const spec = objectAt(object, 'spec');
  const ingress = listAt(objectAt(objectAt(object, 'status'), 'loadBalancer'), 'ingress');
  const clusterIps = [...textsAt(spec, 'clusterIPs'), ...(textAt(spec, 'clusterIP') ?? '').split(' ')];
  const ips = [...clusterIps, ...textsAt(spec, 'externalIPs'), ...ingress.flatMap((each) => textAt(each, 'ip') ?? [])];
  return {
    uid: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    ips: [...new Set(ips)].filter((ip) => ip !== '' && ip !== 'None'),
    ports: listAt(spec, 'ports').flatMap((port) => numberAt(port, 'port') ?? []),
    nodePorts: listAt(spec, 'ports').flatMap((port) => numberAt(port, 'nodePort') ?? []),
    externalName: textAt(spec, 'externalName'),
    selector: labelsOf(spec, 'selector'),
    createdAt: microsOf(textAt(metadata, 'creationTimestamp')),
  };
}

export interface EndpointSlice {
  readonly uid: string;
  readonly namespace: string;
  readonly service: string | undefined;
  readonly ips: readonly string[];
  /** Empty: all of them. */
  readonly ports: readonly number[];
}

export function endpointSliceOf(object: KubeObject): EndpointSlice {
  const { metadata } = object;
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    service: textAt(objectAt(metadata, 'labels'), 'kubernetes.io/service-name'),
    ips: listAt(object, 'endpoints').flatMap((endpoint) => textsAt(endpoint, 'addresses')),
    ports: listAt(object, 'ports').flatMap((port) => numberAt(port, 'port') ?? []),
  };
}

export interface Node {
  readonly uid: string;
  readonly name: string;
  readonly ips: readonly string[];
}

export function nodeOf(object: KubeObject): Node {
  const addresses = listAt(objectAt(object, 'status'), 'addresses');
  const ips = addresses.filter((each) => /IP$/.test(textAt(each, 'type') ?? ''));
  return {
    uid: object.metadata.uid,
    name: object.metadata.name,
    ips: ips.flatMap((each) => textAt(each, 'address') ?? []),
  };
}

/** A replica set or job, which belongs to what people know by name. */
export interface Owned {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly owner: Owner | undefined;
}

export const ownedOf = (object: KubeObject): Owned => ({
  uid: object.metadata.uid,
  name: object.metadata.name,
  namespace: object.metadata.namespace ?? '',
  owner: ownerOf(object),
});

export const namespaceOf = ({ metadata }: KubeObject): { readonly uid: string; readonly name: string } => ({
  uid: metadata.uid,
  name: metadata.name,
});
