/**
 * One call, seen at several places. A client calls a service's address; on its node that is rewritten to a pod's, and the
 * packets are seen again, there and on the pod's node. All of them have the client's address and port in common.
 */

import { setTimeout } from 'node:timers/promises';
import type { Endpoint, Entry } from '@kubeshark/model';
import type { Named } from './cluster-names.ts';

/** An entry with its ends named, as one agent saw it at one address. */
export interface Sighting {
  readonly entry: Entry;
  readonly src: Named['is'];
  readonly dst: Named['is'];
}

interface Group {
  readonly sightings: Sighting[];
  readonly closedAt: number | undefined;
}
interface OpenGroup extends Group {
  closedAt: number | undefined;
}

/** Agents gather a batch for a quarter second and ship it; a sighting that comes later is still recognised, and left out. */
const HOLD_MILLIS = 600;
const REMEMBERED_MILLIS = 10_000;
/** Clocks of two nodes differ by less; a client that makes the same call on the same connection twice is told apart by order. */
const SKEW_MICROS = 2_000_000;
/** Groups kept; beyond it, the oldest are forgotten, and late sightings of theirs stand alone. */
const MAX_GROUPS = 50_000;

export class Vantages {
  readonly #holdMillis: number;
  /** Groups by what their sightings have in common, oldest first. */
  readonly #groups = new Map<string, OpenGroup[]>();
  #size = 0;
  #joined = 0;

  constructor(holdMillis = HOLD_MILLIS) {
    this.#holdMillis = holdMillis;
  }

  get joined(): number {
    return this.#joined;
  }

  /** Of these sightings, the entries to keep; those of calls within the cluster once their others had time to come. */
  async join(sightings: readonly Sighting[]): Promise<readonly Entry[]> {
    const opened = new Map<Sighting, OpenGroup>();
    const kept = sightings.filter((sighting) => {
      if (!isWithinCluster(sighting)) return true;
      const group = this.#groupOf(sighting);
      if (group === undefined) {
        opened.set(sighting, this.#open(sighting));
        return true;
      }
      group.sightings.push(sighting);
      this.#joined += 1;
      return false;
    });
    if (opened.size > 0) {
      await setTimeout(this.#holdMillis);
      const now = performance.now();
      for (const group of opened.values()) group.closedAt = now;
      this.#forget(now);
    }
    return kept.map((sighting) => mergedOf(opened.get(sighting)?.sightings ?? [sighting]));
  }

  #groupOf(sighting: Sighting): OpenGroup | undefined {
    return this.#groups
      .get(keyOf(sighting.entry))
      ?.find(({ sightings }) => sightings.every((each) => isSameCall(each, sighting)));
  }

  #open(sighting: Sighting): OpenGroup {
    const key = keyOf(sighting.entry);
    const group: OpenGroup = { sightings: [sighting], closedAt: undefined };
    const groups = this.#groups.get(key);
    if (groups === undefined) this.#groups.set(key, [group]);
    else groups.push(group);
    this.#size += 1;
    return group;
  }

  #forget(now: number): void {
    for (const [key, groups] of this.#groups) {
      const isOver = this.#size > MAX_GROUPS;
      const kept = groups.filter(
        ({ closedAt }) => closedAt === undefined || (!isOver && now - closedAt < REMEMBERED_MILLIS),
      );
      // Keys are in the order they came: what follows is younger.
      if (kept.length === groups.length) {
        if (groups.some(({ closedAt }) => closedAt !== undefined)) return;
        continue;
      }
      this.#size -= groups.length - kept.length;
      if (kept.length === 0) this.#groups.delete(key);
      else this.#groups.set(key, kept);
    }
  }
}

/** From a pod to a pod or service: only those are seen more than once. */
const isWithinCluster = ({ src, dst }: Sighting): boolean => src === 'pod' && (dst === 'pod' || dst === 'service');

const keyOf = ({ connection, src, protocol, method, summary }: Entry): string =>
  `${connection.transport} ${src.ip} ${src.port} ${protocol} ${method} ${summary}`;

/** The same call from another place: another address of the same service, or another node. */
function isSameCall({ entry: a, dst: aIs }: Sighting, { entry: b, dst: bIs }: Sighting): boolean {
  if (a.node === b.node && a.dst.ip === b.dst.ip) return false;
  if (Math.abs(a.timestamp - b.timestamp) > SKEW_MICROS) return false;
  if (a.dst.ip === b.dst.ip) return a.dst.port === b.dst.port;
  return a.dst.namespace === b.dst.namespace && (aIs === 'service') !== (bIs === 'service');
}

/** How near to the pod that answered: on its node, elsewhere on the way to it, on the way to the service. */
function distance({ entry, dst }: Sighting): number {
  if (dst !== 'pod') return 2;
  return entry.node === entry.dst.node ? 0 : 1;
}

/** The sighting nearest to the server, with what the others add. */
function mergedOf(sightings: readonly Sighting[]): Entry {
  const [nearest, ...others] = sightings.toSorted((a, b) => distance(a) - distance(b));
  if (nearest === undefined) throw new Error('a group is never empty');
  const { entry } = nearest;
  if (others.length === 0) return entry;
  // The client has asked for this service, of all that the pod belongs to.
  const service = others.find(({ dst }) => dst === 'service')?.entry.dst;
  const ofSrc = sightings.find((each) => each.entry.src.process !== undefined)?.entry.src;
  const ofDst = sightings.find((each) => each.dst === 'pod' && each.entry.dst.process !== undefined)?.entry.dst;
  return {
    ...entry,
    src: { ...entry.src, ...processOf(ofSrc) },
    dst: {
      ...entry.dst,
      ...processOf(ofDst),
      ...(service?.service !== undefined && { name: service.service, service: service.service }),
    },
    capture: { ...entry.capture, vantages: others.map(({ entry: other }) => vantageOf(other)) },
  };
}

const processOf = (end: Endpoint | undefined) => ({
  ...(end?.process !== undefined && { process: end.process }),
  ...(end?.pid !== undefined && { pid: end.pid }),
});

/** `worker-1 to 10.96.0.12:80 in 12.4 ms` */
const vantageOf = ({ node, dst, latency }: Entry): string =>
  `${node} to ${dst.ip.includes(':') ? `[${dst.ip}]` : dst.ip}:${dst.port}${latency === null ? '' : ` in ${Number(latency.toFixed(3))} ms`}`;
