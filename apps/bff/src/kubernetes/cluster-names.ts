/** Names for addresses, as they were at a given time: pod, service, workload, namespace, node, labels. */

import type { Endpoint, Micros } from '@kubeshark/model';
import type { EndpointSlice, Node, Owned, Pod, Service } from './facts.ts';
import { Timeline } from './timeline.ts';

/** What the cluster knows of one end. */
type ClusterEnd = Pick<Endpoint, 'name' | 'namespace' | 'pod' | 'service' | 'workload' | 'node' | 'labels'>;

/** One end, and whether its address stands for others: then the same call is seen again on its way to one of them. */
export interface Named {
  readonly end: Endpoint;
  readonly is: 'pod' | 'service' | 'node' | 'unknown';
}

const key = (...parts: readonly string[]) => parts.join('/');

/** `cart-6d4cf56db6` → `cart`: the hash the deployment controller appends, which is a label of the pod as well. */
function withoutHash({ owner, labels }: Pod): string | undefined {
  const hash = labels['pod-template-hash'];
  if (owner?.kind !== 'ReplicaSet' || hash === undefined || !owner.name.endsWith(`-${hash}`)) return undefined;
  return owner.name.slice(0, -hash.length - 1);
}

export class ClusterNames {
  /** Pods by uid; those that are gone stay as long as their addresses are remembered. */
  readonly #pods = new Map<string, Pod>();
  readonly #gone = new Set<string>();
  readonly #services = new Map<string, Service>();
  readonly #servicesIn = new Map<string, Set<Service>>();
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #slicesOf = new Map<string, Set<EndpointSlice>>();
  readonly #nodes = new Map<string, Node>();
  readonly #nodeOf = new Map<string, Node>();
  readonly #owned = new Map<string, Owned>();
  readonly #ownedKeys = new Map<string, string>();
  readonly #namespaces = new Map<string, string>();
  readonly #podAt = new Timeline<string>();
  readonly #serviceAt = new Timeline<Service>();
  readonly #byNodePort = new Map<number, Service>();
  readonly #byExternalName = new Map<string, Service>();
  /** Pods that open a port of their node: `10.0.0.4/9100`. */
  readonly #byHostPort = new Timeline<string>();
  /** Which services select a pod; emptied when a service changes. */
  #selecting = new Map<string, readonly Service[]>();

  setPod(pod: Pod, now: Micros): void {
    const before = this.#pods.get(pod.uid);
    this.#pods.set(pod.uid, pod);
    this.#gone.delete(pod.uid);
    this.#selecting.delete(pod.uid);
    const from = pod.startedAt ?? now;
    const places = pod.isOver ? [] : placesOf(pod);
    for (const [timeline, place] of before === undefined ? [] : this.#timelines(placesOf(before)))
      if (!places.some((each) => each.place === place)) timeline.release(place, pod.uid, now);
    for (const [timeline, place] of this.#timelines(places)) timeline.assign(place, pod.uid, from);
  }

  removePod(uid: string, now: Micros): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    for (const [timeline, place] of this.#timelines(placesOf(pod))) timeline.release(place, uid, now);
    this.#gone.add(uid);
  }

  /** Every service there is now. */
  get services(): readonly Service[] {
    return [...this.#services.values()];
  }

  setService(service: Service, now: Micros): void {
    this.removeService(service.uid, now);
    this.#services.set(service.uid, service);
    const siblings = this.#servicesIn.get(service.namespace) ?? new Set();
    this.#servicesIn.set(service.namespace, siblings.add(service));
    for (const ip of service.ips) this.#serviceAt.assign(ip, service, service.createdAt ?? now);
    for (const port of service.nodePorts) this.#byNodePort.set(port, service);
    if (service.externalName !== undefined) this.#byExternalName.set(service.externalName.toLowerCase(), service);
    this.#selecting = new Map();
  }

  removeService(uid: string, now: Micros): void {
    const service = this.#services.get(uid);
    if (service === undefined) return;
    this.#services.delete(uid);
    this.#servicesIn.get(service.namespace)?.delete(service);
    for (const ip of service.ips) this.#serviceAt.release(ip, service, now);
    for (const port of service.nodePorts) if (this.#byNodePort.get(port) === service) this.#byNodePort.delete(port);
    const external = service.externalName?.toLowerCase() ?? '';
    if (this.#byExternalName.get(external) === service) this.#byExternalName.delete(external);
    this.#selecting = new Map();
  }

  setSlice(slice: EndpointSlice): void {
    this.removeSlice(slice.uid);
    this.#slices.set(slice.uid, slice);
    for (const ip of slice.ips) this.#slicesOf.set(ip, (this.#slicesOf.get(ip) ?? new Set()).add(slice));
  }

  removeSlice(uid: string): void {
    const slice = this.#slices.get(uid);
    if (slice === undefined) return;
    this.#slices.delete(uid);
    for (const ip of slice.ips) {
      const others = this.#slicesOf.get(ip);
      others?.delete(slice);
      if (others?.size === 0) this.#slicesOf.delete(ip);
    }
  }

  setNode(node: Node): void {
    this.removeNode(node.uid);
    this.#nodes.set(node.uid, node);
    for (const ip of node.ips) this.#nodeOf.set(ip, node);
  }

  removeNode(uid: string): void {
    const node = this.#nodes.get(uid);
    if (node === undefined) return;
    this.#nodes.delete(uid);
    for (const ip of node.ips) if (this.#nodeOf.get(ip) === node) this.#nodeOf.delete(ip);
  }

  setOwned(kind: string, owned: Owned): void {
    const name = key(owned.namespace, kind, owned.name);
    this.#ownedKeys.set(owned.uid, name);
    this.#owned.set(name, owned);
  }

  removeOwned(uid: string): void {
    const name = this.#ownedKeys.get(uid);
    if (name === undefined) return;
    this.#ownedKeys.delete(uid);
    if (this.#owned.get(name)?.uid === uid) this.#owned.delete(name);
  }

  setNamespace(uid: string, name: string): void {
    this.#namespaces.set(uid, name);
  }

  removeNamespace(uid: string): void {
    this.#namespaces.delete(uid);
  }

  /** Forgets pods whose addresses nobody asks about any longer. */
  prune(now: Micros): void {
    const unheld = new Set([...this.#podAt.prune(now), ...this.#byHostPort.prune(now)]);
    this.#serviceAt.prune(now);
    for (const uid of this.#gone) {
      const pod = this.#pods.get(uid);
      if (!unheld.has(uid) && pod !== undefined && placesOf(pod).length > 0) continue;
      this.#pods.delete(uid);
      this.#selecting.delete(uid);
      this.#gone.delete(uid);
    }
  }

  get counts() {
    return {
      pods: this.#pods.size - this.#gone.size,
      services: this.#services.size,
      nodes: this.#nodes.size,
      namespaces: this.namespaces.length,
      addresses: this.#podAt.size + this.#serviceAt.size + this.#nodeOf.size,
    };
  }

  /** Pods that run now. */
  *pods(): Generator<Pod> {
    for (const [uid, pod] of this.#pods) if (!this.#gone.has(uid) && !pod.isOver) yield pod;
  }

  /** Of the cluster; those of its pods where namespaces may not be listed. */
  get namespaces(): readonly string[] {
    const names = new Set(this.#namespaces.values());
    if (names.size === 0) for (const { namespace } of this.pods()) names.add(namespace);
    return [...names].toSorted((a, b) => a.localeCompare(b));
  }

  /** Names of the services a pod belongs to. */
  servicesOf(pod: Pod): readonly string[] {
    return this.#selectingOf(pod).map(({ name }) => name);
  }

  workloadOf(pod: Pod): string | undefined {
    const { owner, namespace } = pod;
    if (owner === undefined) return undefined;
    const above = this.#owned.get(key(namespace, owner.kind, owner.name))?.owner;
    return above?.name ?? withoutHash(pod) ?? owner.name;
  }

  /** Names an end of a call that took place then. An end the cluster does not know comes back as it is. */
  name(end: Endpoint, at: Micros): Named {
    const uid = this.#podAt.find(end.ip, at);
    const pod = uid === undefined ? undefined : this.#pods.get(uid);
    if (pod !== undefined) return { end: named(end, this.#podEnd(pod, end)), is: 'pod' };
    const service = this.#serviceAt.find(end.ip, at);
    if (service !== undefined) return { end: named(end, serviceEnd(service)), is: 'service' };
    const node = this.#nodeOf.get(end.ip);
    if (node !== undefined) return this.#nodeEnd(end, node, at);
    const external = this.#byExternalName.get(end.dns?.replace(/\.$/, '').toLowerCase() ?? '');
    if (external !== undefined) return { end: named(end, serviceEnd(external)), is: 'unknown' };
    return { end, is: 'unknown' };
  }

  /** On a node's own address a port tells which of its pods, or which service, is meant. */
  #nodeEnd(end: Endpoint, node: Node, at: Micros): Named {
    const uid = this.#byHostPort.find(key(end.ip, String(end.port)), at);
    const pod = uid === undefined ? undefined : this.#pods.get(uid);
    if (pod !== undefined) return { end: named(end, this.#podEnd(pod, end)), is: 'pod' };
    const service = this.#byNodePort.get(end.port);
    if (service !== undefined) return { end: named(end, { ...serviceEnd(service), node: node.name }), is: 'service' };
    return { end: { ...end, name: end.name ?? node.name, node: node.name }, is: 'node' };
  }

  #podEnd(pod: Pod, { ip, port }: Endpoint): ClusterEnd {
    const service = this.#serviceOf(pod, ip, port);
    const workload = this.workloadOf(pod);
    return {
      name: service ?? workload ?? pod.name,
      namespace: pod.namespace,
      pod: pod.name,
      ...(service !== undefined && { service }),
      ...(workload !== undefined && { workload }),
      ...(pod.node !== undefined && { node: pod.node }),
      labels: pod.labels,
    };
  }

  /** The service that sends this port to the pod; else one that selects the pod. The first by name, to be the same each time. */
  #serviceOf(pod: Pod, ip: string, port: number): string | undefined {
    const slices = [...(this.#slicesOf.get(ip) ?? [])].filter(({ namespace }) => namespace === pod.namespace);
    const byPort = slices.filter(({ ports }) => ports.includes(port)).flatMap(({ service }) => service ?? []);
    const byAddress = slices.flatMap(({ service }) => service ?? []);
    const bySelector = this.servicesOf(pod);
    for (const names of [byPort, bySelector, byAddress]) if (names.length > 0) return names.toSorted()[0];
    return undefined;
  }

  #selectingOf(pod: Pod): readonly Service[] {
    const known = this.#selecting.get(pod.uid);
    if (known !== undefined) return known;
    const selecting = [...(this.#servicesIn.get(pod.namespace) ?? [])].filter(({ selector }) => {
      const wanted = Object.entries(selector);
      return wanted.length > 0 && wanted.every(([label, value]) => pod.labels[label] === value);
    });
    this.#selecting.set(pod.uid, selecting);
    return selecting;
  }

  *#timelines(places: readonly Place[]): Generator<readonly [Timeline<string>, string]> {
    for (const { isHost, place } of places) yield [isHost ? this.#byHostPort : this.#podAt, place];
  }
}

interface Place {
  readonly isHost: boolean;
  readonly place: string;
}

/** Where a pod is found: at its own addresses, or at ports of its node. */
function placesOf({ ips, isHostNetwork, hostPorts }: Pod): readonly Place[] {
  if (isHostNetwork)
    return ips.flatMap((ip) => hostPorts.map((port) => ({ isHost: true, place: key(ip, String(port)) })));
  return ips.map((place) => ({ isHost: false, place }));
}

const serviceEnd = ({ name, namespace }: Service): ClusterEnd => ({ name, namespace, service: name });

/** The cluster's name wins over a process's: it is what people call it. */
const named = (end: Endpoint, known: ClusterEnd): Endpoint => ({ ...end, ...known });
