/** What each agent is to capture: the wanted pods of its node, told again whenever they change. */

import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type CaptureConfig, type ClusterInfo, MAX_TARGETS, Targeting } from '@kubeshark/contract';
import type { AgentRegistry } from '../ingest/agent-registry.ts';
import type { Cluster } from './cluster.ts';
import type { Pod } from './facts.ts';
import { isEverything, type PodMatcher, podMatcher, targetingFault } from './pod-matcher.ts';

export interface TargetsOptions {
  /** Undefined outside of a cluster: then only pausing has a meaning. */
  readonly cluster: Cluster | undefined;
  readonly agents: AgentRegistry;
}

/** The chart's label of the hubs' own pods. */
const HUB_APP = 'kubeshark-front';
const MAX_EXCEPTIONS = 64;

export class Targets {
  readonly #cluster: Cluster | undefined;
  readonly #agents: AgentRegistry;
  #wanted = Targeting.parse({});
  #matches: PodMatcher = () => true;
  /** Where the hub listens, once it does. */
  #port: number | undefined;
  /** Made once for each change, for all agents. */
  #byNode: ReadonlyMap<string, readonly string[]> | undefined;

  constructor({ cluster, agents }: TargetsOptions) {
    this.#cluster = cluster;
    this.#agents = agents;
    cluster?.onChange(() => this.#announce());
  }

  /** Why this cannot be wanted. */
  faultOf(targeting: Targeting): string | undefined {
    return targetingFault(targeting);
  }

  /** From now on; what is wrong leaves what was wanted before. */
  set(targeting: Targeting): void {
    const matcher = podMatcher(targeting);
    if ('fault' in matcher) return;
    this.#wanted = targeting;
    this.#matches = matcher;
    this.#announce();
  }

  /** The hub's own traffic is to be left out: that of its pods, which is seen behind the service's address. */
  listening(port: number): void {
    this.#port = port;
    this.#announce();
  }

  get wanted(): Targeting {
    return this.#wanted;
  }

  /** Pods that match, and of them those that cannot be told from their node. */
  get counts(): ClusterInfo['targets'] {
    const counts = { pods: 0, hostNetwork: 0 };
    for (const pod of this.#matching()) {
      if (pod.isHostNetwork) counts.hostNetwork += 1;
      else counts.pods += 1;
    }
    return counts;
  }

  #configOf(node: string): CaptureConfig {
    const except = this.#exceptions();
    return {
      ...(this.#wanted.paused && { paused: true }),
      ...(except.length > 0 && { except }),
      ...(this.#cluster !== undefined &&
        !isEverything(this.#wanted) && { targets: [...(this.#targets().get(node) ?? [])] }),
    };
  }

  /** Addresses by node, in an order that only a change changes. */
  #targets(): ReadonlyMap<string, readonly string[]> {
    if (this.#byNode !== undefined) return this.#byNode;
    const byNode = new Map<string, string[]>();
    for (const { node, ips, isHostNetwork } of this.#matching()) {
      if (node === undefined || isHostNetwork) continue;
      const known = byNode.get(node) ?? [];
      known.push(...ips.filter((ip) => isIP(ip) !== 0));
      byNode.set(node, known);
    }
    for (const [node, ips] of byNode) byNode.set(node, [...new Set(ips)].toSorted().slice(0, MAX_TARGETS));
    this.#byNode = byNode;
    return byNode;
  }

  *#matching(): Generator<Pod> {
    const names = this.#cluster?.names;
    if (names === undefined) return;
    const servicesOf = names.servicesOf.bind(names);
    for (const pod of names.pods()) if (this.#matches(pod, servicesOf)) yield pod;
  }

  /** The hubs' own connections: at their pods, and at the service's address before that is rewritten to a pod's. */
  #exceptions(): NonNullable<CaptureConfig['except']> {
    const port = this.#port;
    if (this.#cluster === undefined || port === undefined) return [];
    const { names } = this.#cluster;
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const ours = own.filter(({ internal }) => !internal).map(({ address }) => address);
    const others = [...names.pods()].filter(({ labels }) => labels['app'] === HUB_APP).flatMap(({ ips }) => ips);
    const atPods = [...new Set([...ours, ...others])].map((address) => ({ address, port }));
    const fronts = names.services.filter(({ selector }) => selector['app'] === HUB_APP);
    const atServices = fronts.flatMap(({ ips, ports }) =>
      ips.flatMap((address) => ports.map((servicePort) => ({ address, port: servicePort }))),
    );
    return [...atPods, ...atServices]
      .filter(({ address }) => isIP(address) !== 0)
      .toSorted((a, b) => (a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1))
      .slice(0, MAX_EXCEPTIONS);
  }

  #announce(): void {
    this.#byNode = undefined;
    this.#agents.target((node) => this.#configOf(node));
  }
}
