/** Which of the packets that were kept when they passed belong to some calls, and which calls have none. */

import { beginOfConnection, type WantedConnection } from '@kubeshark/capture';
import type { Entry, Micros } from '@kubeshark/model';

/** Connections asked for; calls of more have rebuilt packets. */
export const MAX_KEPT_CONNECTIONS = 50_000;
/**
 * TLS, HTTP/2 and others cannot be read without the beginning of the connection: it is in the file too when it is not older
 * than this before the first of the calls. Five minutes of a busy connection are bearable, hours are not.
 */
export const MAX_BEFORE: Micros = 300_000_000;
/** Before the first and after the last byte of calls: the handshake and the goodbye. */
const AROUND: Micros = 1_000_000;

export interface KeptWanted {
  readonly until: Micros;
  readonly connections: readonly (WantedConnection & { readonly since: Micros })[];
}

/** Packets that one node, or one file, has. */
export interface PacketSource {
  /** For people; stands before the names of its interfaces. Empty when they need none. */
  readonly name: string;
  /** Those of the connections it has packets of, and a capture file with them. Rejects when it cannot be asked. */
  take(wanted: KeptWanted): Promise<{ readonly found: ReadonlySet<string>; readonly bytes: AsyncIterable<Uint8Array> }>;
}

export interface KeptPackets {
  /** Who has the packets of a call, the same object each time; a sentence when nobody has. */
  sourceOf(entry: Entry): PacketSource | string;
}

interface Connection {
  /** Undefined once a call is found that it has no packets of: a connection is captured whole or rebuilt whole. */
  source: PacketSource | undefined;
  first: Micros;
  calls: number;
}

/** One source's part of a file. */
export interface Taken {
  readonly source: PacketSource;
  readonly wanted: KeptWanted;
  readonly found: ReadonlySet<string>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What a file of packets is made of. */
export interface Chosen {
  readonly taken: readonly Taken[];
  /** Is this call's packets' connection among them? */
  isCaptured(entry: Entry): boolean;
  /** Calls with captured packets, and the others. */
  readonly captured: number;
  readonly others: number;
  /** Why the others have none, in sentences. */
  readonly reasons: readonly string[];
}

/** Looks through the calls and asks the sources for their packets. */
export async function chooseKept(batches: AsyncIterable<readonly Entry[]>, kept: KeptPackets): Promise<Chosen> {
  const survey = new Survey(kept);
  for await (const entries of batches) for (const entry of entries) survey.add(entry);
  const taken: Taken[] = [];
  const found = new Set<string>();
  for (const [source, wanted] of survey.wanted()) {
    try {
      const answer = await source.take(wanted);
      for (const id of answer.found) found.add(id);
      if (answer.found.size < wanted.connections.length)
        survey.reason(`packets of some connections are not kept any more${source.name && ` on ${source.name}`}`);
      taken.push({ source, wanted, ...answer });
    } catch (error) {
      survey.reason(`packets ${source.name && `of ${source.name} `}could not be had: ${(error as Error).message}`);
    }
  }
  return survey.chosen(taken, found);
}

/** Of what was read from a HAR, say. */
const NO_PACKETS = 'some calls are of connections that nobody captured';

class Survey {
  readonly #kept: KeptPackets;
  readonly #connections = new Map<string, Connection>();
  readonly #reasons = new Set<string>();
  #calls = 0;
  #earliest = Number.POSITIVE_INFINITY;
  #latest = 0;

  constructor(kept: KeptPackets) {
    this.#kept = kept;
  }

  reason(sentence: string): void {
    this.#reasons.add(sentence);
  }

  add(entry: Entry): void {
    this.#calls++;
    const { id } = entry.connection;
    const known = this.#connections.get(id);
    const isNobodys = known === undefined && beginOfConnection(id) === undefined;
    const kept = this.#kept.sourceOf(entry);
    const source = typeof kept !== 'string' && isNobodys ? NO_PACKETS : kept;
    if (typeof source === 'string') this.reason(source);
    if (known === undefined && this.#connections.size >= MAX_KEPT_CONNECTIONS)
      return this.reason(`these calls have more than ${MAX_KEPT_CONNECTIONS} connections`);
    const first = Math.min(known?.first ?? entry.timestamp, entry.timestamp);
    const isKept = typeof source !== 'string' && (known === undefined || known.source === source);
    this.#connections.set(id, { source: isKept ? source : undefined, first, calls: (known?.calls ?? 0) + 1 });
    this.#earliest = Math.min(this.#earliest, entry.timestamp);
    this.#latest = Math.max(this.#latest, entry.timestamp + (entry.latency ?? 0) * 1000);
  }

  wanted(): ReadonlyMap<PacketSource, KeptWanted> {
    const bySource = new Map<PacketSource, (WantedConnection & { since: Micros })[]>();
    for (const [id, { source, first }] of this.#connections) {
      const begin = beginOfConnection(id);
      if (source === undefined || begin === undefined) continue;
      const since = begin >= this.#earliest - MAX_BEFORE ? begin : first - AROUND;
      const connections = bySource.get(source) ?? [];
      bySource.set(source, connections);
      connections.push({ id, since });
    }
    const until = Math.ceil(this.#latest + AROUND);
    return new Map([...bySource].map(([source, connections]) => [source, { until, connections }]));
  }

  chosen(taken: readonly Taken[], found: ReadonlySet<string>): Chosen {
    let captured = 0;
    for (const [id, { calls }] of this.#connections) if (found.has(id)) captured += calls;
    return {
      taken,
      isCaptured: ({ connection }) => found.has(connection.id),
      captured,
      others: this.#calls - captured,
      reasons: [...this.#reasons],
    };
  }
}
