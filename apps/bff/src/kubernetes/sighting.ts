/** One call as one agent saw it at one pair of addresses, and what hubs tell each other of it. */

import { hash } from 'node:crypto';
import type { Endpoint, Entry, EntryId, Micros } from '@kubeshark/model';
import { z } from 'zod';
import type { Named } from './cluster-names.ts';

/** An entry with its ends named. */
export interface Sighting {
  readonly entry: Entry;
  readonly src: Named['is'];
  readonly dst: Named['is'];
}

const Is = z.enum(['pod', 'service', 'node', 'unknown']);
const Process = { process: z.string().optional(), pid: z.number().optional() };

/** What decides which sightings are one call, and what the others add to the one that is kept. */
export const Told = z.object({
  id: z.string(),
  /** By the hubs' clock, whatever that of the node says. */
  timestamp: z.number(),
  node: z.string(),
  transport: z.string(),
  isn: z.string().optional(),
  /** Digest of what was called: the same at each place. */
  call: z.string(),
  src: z.object({ is: Is, ip: z.string(), port: z.number(), dns: z.string().optional(), ...Process }),
  dst: z.object({
    is: Is,
    ip: z.string(),
    port: z.number(),
    namespace: z.string().optional(),
    service: z.string().optional(),
    node: z.string().optional(),
    ...Process,
  }),
  latency: z.number().nullable(),
});
export type Told = z.infer<typeof Told>;

export function toldOf({ entry, src, dst }: Sighting, timestamp: Micros): Told {
  const { id, node, connection, protocol, method, summary, latency } = entry;
  const { ip, port, namespace, service } = entry.dst;
  return {
    id,
    timestamp,
    node,
    transport: connection.transport,
    ...(connection.isn !== undefined && { isn: connection.isn }),
    call: hash('sha1', `${protocol}\n${method}\n${summary}`, 'base64url'),
    src: {
      is: src,
      ip: entry.src.ip,
      port: entry.src.port,
      ...(entry.src.dns !== undefined && { dns: entry.src.dns }),
      ...processOf(entry.src),
    },
    dst: {
      is: dst,
      ip,
      port,
      ...(namespace !== undefined && { namespace }),
      ...(service !== undefined && { service }),
      ...(entry.dst.node !== undefined && { node: entry.dst.node }),
      ...processOf(entry.dst),
    },
    latency,
  };
}

const processOf = ({ process, pid }: { readonly process?: string | undefined; readonly pid?: number | undefined }) => ({
  ...(process !== undefined && { process }),
  ...(pid !== undefined && { pid }),
});

/** Clocks of two nodes, as far as the hub corrects them, and of two hubs differ by less. */
const SKEW_MICROS = 2_000_000;

const isWithinCluster = ({ src, dst }: Told): boolean => src.is === 'pod' && (dst.is === 'pod' || dst.is === 'service');

const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1';

/**
 * Whether the same call may be seen elsewhere: at other addresses, of which the initial sequence numbers tell; without them
 * only from a pod to a pod or service, where the client's address and port stay.
 */
export const maySeeAgain = (told: Told): boolean =>
  told.isn === undefined ? isWithinCluster(told) : !isLoopback(told.src.ip);

/** What sightings of one call have in common, the surest first. */
export function keysOf(told: Told): readonly string[] {
  const { isn, transport, src, call } = told;
  const byAddress = isWithinCluster(told) ? [`${transport} ${src.ip} ${src.port} ${call}`] : [];
  return isn === undefined ? byAddress : [`${isn} ${call}`, ...byAddress];
}

/** The same call from another place. Both have a key in common. */
export function isSameCall(a: Told, b: Told): boolean {
  if (a.node === b.node && isSameAddress(a.src, b.src) && isSameAddress(a.dst, b.dst)) return false;
  if (Math.abs(a.timestamp - b.timestamp) > SKEW_MICROS) return false;
  if (a.isn !== undefined && b.isn !== undefined) return a.isn === b.isn;
  if (a.dst.ip === b.dst.ip) return a.dst.port === b.dst.port;
  return a.dst.namespace === b.dst.namespace && (a.dst.is === 'service') !== (b.dst.is === 'service');
}

/** Too long ago for this one, and for those that come after it. */
export const isPastFor = ([first]: readonly Told[], { timestamp }: Told): boolean =>
  first !== undefined && first.timestamp < timestamp - SKEW_MICROS;

/** Where it was seen: of one call, nobody sees it there twice. */
export const placeOf = ({ node, src, dst }: Told): string => `${node} ${shown(src)} ${shown(dst)}`;

type Address = Pick<Endpoint, 'ip' | 'port'>;
const isSameAddress = (a: Address, b: Address): boolean => a.ip === b.ip && a.port === b.port;

/** How near to the pod that answered: on its node, elsewhere on the way to it, on the way to what stands for it. */
function distance({ node, dst }: Told): number {
  if (dst.is === 'pod') return node === dst.node ? 0 : 1;
  return dst.is === 'service' ? 3 : 2;
}

/** A node's address stands for the pods and the strangers behind it. */
const disguise = ({ src }: Told): number => (src.is === 'node' ? 2 : src.is === 'unknown' ? 1 : 0);

const byId = (a: Told, b: Told): number => (BigInt(a.id) < BigInt(b.id) ? -1 : 1);

const byNearness = (a: Told, b: Told): number => distance(a) - distance(b) || disguise(a) - disguise(b) || byId(a, b);
const byClient = (a: Told, b: Told): number => distance(b) - distance(a) || disguise(a) - disguise(b) || byId(a, b);

/** The sighting nearest to the server, the same for everybody who knows the same ones. */
export const keeperOf = (sightings: readonly Told[]): EntryId => sightings.toSorted(byNearness)[0]?.id ?? '';

/** The kept entry, with what the others add: who called, which service was asked for, and where else it was seen. */
export function mergedOf(
  entry: Entry,
  sightings: readonly Told[],
  nameOf: (end: Endpoint, at: Micros) => Endpoint,
): Entry {
  const own = sightings.find(({ id }) => id === entry.id);
  const others = sightings.filter((told) => told !== own).toSorted(byNearness);
  if (own === undefined || others.length === 0) return entry;
  const [first = own] = sightings.toSorted(byClient);
  const { ip, port, dns } = first.src;
  const isDisguised = !isSameAddress(first.src, own.src);
  const client = isSameAddress(first.src, entry.src)
    ? entry.src
    : nameOf({ ip, port, ...(dns !== undefined && { dns, name: dns }) }, own.timestamp);
  // The client has asked for this service, of all that the pod belongs to.
  const service = others.find(({ dst }) => dst.is === 'service')?.dst.service;
  const ofSrc = sightings.find((each) => each.src.process !== undefined)?.src;
  const ofDst = sightings.find((each) => each.dst.is === 'pod' && each.dst.process !== undefined)?.dst;
  const places = isDisguised ? [...others, own] : others;
  return {
    ...entry,
    src: { ...client, ...(ofSrc !== undefined && processOf(ofSrc)) },
    dst: {
      ...entry.dst,
      ...(ofDst !== undefined && processOf(ofDst)),
      ...(service !== undefined && { name: service, service }),
    },
    capture: { ...entry.capture, vantages: places.map((told) => vantageOf(told, client)) },
  };
}

const shown = ({ ip, port }: Address): string => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;

/** `worker-1 to 10.96.0.12:80 in 12.4 ms`, with the client's address where that was another. */
function vantageOf({ node, src, dst, latency }: Told, client: Address): string {
  const from = isSameAddress(src, client) ? '' : ` from ${shown(src)}`;
  return `${node} to ${shown(dst)}${from}${latency === null ? '' : ` in ${Number(latency.toFixed(3))} ms`}`;
}
