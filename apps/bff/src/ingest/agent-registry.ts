/** The agents the hub knows: their numbers for good, their state and counters while they are connected and after. */

import { createHash } from 'node:crypto';
import {
  type AgentHealth,
  type AgentMessage,
  type CaptureConfig,
  CaptureCounters,
  MAX_AGENT_NUMBER,
  type SourceInfo,
} from '@kubeshark/contract';
import { z } from 'zod';
import type { Documents, Kind } from '../documents/documents.ts';
import type { PacketAsker } from '../packets/packet-asker.ts';

type Hello = Extract<AgentMessage, { type: 'hello' }>;
type Health = Extract<AgentMessage, { type: 'health' }>;

/** Readings of a clock that are compared: a report that was late on its way looks like a clock that is behind. */
const CLOCK_READINGS = 10;
/** Agents that left are shown for this long. */
const REMEMBER_MILLIS = 24 * 3600 * 1000;
/** Agents kept in memory; a restarting file import makes a new one each time. */
const MAX_AGENTS = 2 * MAX_AGENT_NUMBER;
/** An agent reports every second: one that has not for this long has lost its node, whatever TCP believes. */
const SILENT_MICROS = 15_000_000;
/** An agent that is turned away comes again within seconds. */
const TURNED_AWAY_MICROS = 60_000_000;

/** Numbers by node, or by node and file: for all hubs that share a database. */
const numbersDocument: Kind<Readonly<Record<string, number>>> = {
  name: 'agents',
  schema: z.record(z.string(), z.number().int().min(0).max(MAX_AGENT_NUMBER)),
  fallback: {},
};

export const noCounters: CaptureCounters = CaptureCounters.parse({
  packets: 0,
  bytes: 0,
  kernelDropped: null,
  bufferUsed: null,
  restarts: 0,
  ringBytes: null,
  ringSince: null,
  ringDropped: 0,
  skipped: {},
  streams: 0,
  openStreams: 0,
  gaps: 0,
  gapBytes: 0,
  evicted: 0,
  cutBodies: 0,
  unidentified: {},
  faults: {},
  tlsStreams: 0,
  tlsDecrypted: 0,
  entries: 0,
  entriesByProtocol: {},
  shipped: 0,
  queued: 0,
  spooled: 0,
  lost: 0,
});

/** One agent process, over all its connections. */
export class Agent {
  readonly instance: string;
  readonly node: string;
  readonly number: number;
  readonly version: string;
  readonly source: Hello['source'];
  readonly since: number;
  connected = true;
  lastSeen: number;
  state: Health['state'] = 'running';
  notes: readonly string[] = [];
  progress: number | undefined;
  counters: CaptureCounters = noCounters;
  packetsPerSecond = 0;
  entriesPerSecond = 0;
  /** The last few differences of its clock to the hub's. */
  #clock: number[] = [];
  /** How far its clock is ahead of the hub's; null before it has told. */
  clockAheadMillis: number | null = null;
  /** Every batch up to this one is stored. */
  acknowledged = 0;
  /** Asks it for packets; absent while it is not connected to this hub. */
  packets: PacketAsker | undefined;

  constructor(hello: Pick<Hello, 'instance' | 'node' | 'version' | 'source'>, number: number, nowMicros: number) {
    this.instance = hello.instance;
    this.node = hello.node;
    this.number = number;
    this.version = hello.version;
    this.source = hello.source;
    this.since = nowMicros;
    this.lastSeen = nowMicros;
  }

  /** An agent of another hub, as that hub describes it. */
  static of(health: AgentHealth, { id, kind, state, progress }: SourceInfo): Agent {
    const { node, version, source, since, agentNumber } = health;
    const agent = new Agent({ node, version, instance: id, source: { kind, name: source } }, agentNumber, since);
    const { connected, lastSeen, notes, counters, packetsPerSecond, entriesPerSecond } = health;
    // "Gone" is what it is called when it left without a word.
    const own = { state: state === 'gone' ? ('running' as const) : state, progress };
    const { clockAheadMillis } = health;
    return Object.assign(agent, own, {
      connected,
      lastSeen,
      notes,
      counters,
      packetsPerSecond,
      entriesPerSecond,
      clockAheadMillis,
    });
  }

  report({ counters, state, notes, progress, sentAt }: Health, nowMicros: number): void {
    if (sentAt !== undefined) this.#readClock((sentAt - nowMicros) / 1000);
    const seconds = (nowMicros - this.lastSeen) / 1e6;
    if (seconds > 0.1) {
      // The mean of the last few reports: steady enough to read, quick enough to show a stop.
      const smooth = (old: number, delta: number) => (old + Math.max(0, delta) / seconds) / 2;
      this.packetsPerSecond = smooth(this.packetsPerSecond, counters.packets - this.counters.packets);
      this.entriesPerSecond = smooth(this.entriesPerSecond, counters.entries - this.counters.entries);
    }
    this.counters = counters;
    this.state = state;
    this.notes = notes;
    this.progress = progress;
    this.lastSeen = nowMicros;
  }

  /** Readings that a slow machine made larger are not believed. */
  #readClock(aheadMillis: number): void {
    this.#clock = [...this.#clock, aheadMillis].slice(-CLOCK_READINGS);
    this.clockAheadMillis = this.#clock.toSorted((a, b) => Math.abs(a) - Math.abs(b))[0] ?? null;
  }

  get health(): AgentHealth {
    return {
      node: this.node,
      agentNumber: this.number,
      version: this.version,
      source: this.source.name,
      connected: this.connected,
      since: this.since,
      lastSeen: this.lastSeen,
      notes: [...this.notes],
      clockAheadMillis: this.clockAheadMillis,
      counters: this.counters,
      packetsPerSecond: this.packetsPerSecond,
      entriesPerSecond: this.entriesPerSecond,
    };
  }

  get sourceInfo(): SourceInfo {
    const isGone = !this.connected && this.state === 'running';
    const [reason] = this.notes;
    return {
      id: this.instance,
      kind: this.source.kind,
      name: this.source.name,
      node: this.node,
      state: isGone ? 'gone' : this.state,
      ...(this.state === 'failed' && reason !== undefined && { reason }),
      entries: this.counters.entries,
      ...(this.progress !== undefined && { progress: this.progress }),
    };
  }
}

export class AgentRegistry {
  #config: CaptureConfig = {};
  #targetsOf: (node: string) => CaptureConfig = () => ({});
  readonly #listeners = new Set<() => void>();
  readonly #documents: Documents;
  /** What this hub knows of them: an agent that comes back needs no database. */
  #numbers: Readonly<Record<string, number>>;
  readonly #agents = new Map<string, Agent>();
  /** The agent that captures on a node, as the last one that came. */
  readonly #ofNode = new Map<string, Agent>();
  /** Nodes with another agent beside it, and when that last came. */
  readonly #turnedAway = new Map<string, number>();
  #elsewhere: () => readonly Agent[] = () => [];

  private constructor(documents: Documents, numbers: Readonly<Record<string, number>>) {
    this.#documents = documents;
    this.#numbers = numbers;
  }

  static async open(documents: Documents): Promise<AgentRegistry> {
    return new AgentRegistry(documents, await documents.read(numbersDocument));
  }

  /** What the agent of a node captures and takes out. */
  configOf(node: string): CaptureConfig {
    return { ...this.#config, ...this.#targetsOf(node) };
  }

  /** Tells what is captured on each node; every agent hears of a change. */
  target(targetsOf: (node: string) => CaptureConfig): void {
    this.#targetsOf = targetsOf;
    this.#announce();
  }

  /** What every agent captures and takes out from now on. */
  configure(config: CaptureConfig): void {
    this.#config = config;
    this.#announce();
  }

  /** Calls `listener` at each change; the answer ends it. */
  onConfig(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Connected agents and those that left lately, in the order they came. */
  list(nowMicros: number): readonly Agent[] {
    return [...this.#agents.values()].filter(
      ({ connected, lastSeen }) => connected || nowMicros - lastSeen < REMEMBER_MILLIS * 1000,
    );
  }

  /** How far the clock of a node is ahead of the hub's, in microseconds; 0 as long as nobody knows. */
  clockAhead(node: string): number {
    return (this.#ofNode.get(node)?.clockAheadMillis ?? 0) * 1000;
  }

  /** Agents of other hubs on the same database. */
  lookElsewhere(agents: () => readonly Agent[]): void {
    this.#elsewhere = agents;
  }

  /** Nodes on which a second agent wants to capture. */
  turnedAway(nowMicros: number): readonly string[] {
    return [...this.#turnedAway].filter(([, at]) => nowMicros - at < TURNED_AWAY_MICROS).map(([node]) => node);
  }

  /**
   * An agent says hello: the one it was before its connection broke, or a new one. Undefined when another one captures on
   * its node: both would see everything, under the same number.
   */
  async enter(hello: Hello, nowMicros: number): Promise<Agent | undefined> {
    const { instance, node, source } = hello;
    const number = this.#agents.get(instance)?.number ?? (await this.#numberOf(hello));
    const isLive = source.kind === 'live';
    if (isLive && this.#isTaken(hello, nowMicros)) {
      if (this.#turnedAway.size >= MAX_AGENTS) this.#turnedAway.clear();
      this.#turnedAway.set(node, nowMicros);
      return undefined;
    }
    const agent = this.#agents.get(instance) ?? new Agent(hello, number, nowMicros);
    agent.connected = true;
    agent.lastSeen = nowMicros;
    this.#agents.set(instance, agent);
    if (isLive) this.#ofNode.set(node, agent);
    this.#forget();
    return agent;
  }

  #isTaken({ instance, node }: Hello, nowMicros: number): boolean {
    const own = this.#ofNode.get(node);
    if (own?.connected === true && own.instance !== instance && nowMicros - own.lastSeen < SILENT_MICROS) return true;
    return this.#elsewhere().some(
      (agent) => agent.connected && agent.node === node && agent.source.kind === 'live' && agent.instance !== instance,
    );
  }

  /**
   * The same node and source keep their number over restarts of both sides and with every hub that shares the database,
   * so that ids stay unique and rising.
   */
  async #numberOf({ node, source }: Hello): Promise<number> {
    const key = source.kind === 'file' ? `${node} ${source.name}` : node;
    const known = this.#numbers[key];
    if (known !== undefined) return known;
    this.#numbers = await this.#documents.update(numbersDocument, (numbers) => withNumber(numbers, key));
    return this.#numbers[key] ?? hashOf(key);
  }

  #forget(): void {
    if (this.#agents.size <= MAX_AGENTS) return;
    const oldest = [...this.#agents.values()].find(({ connected }) => !connected);
    if (oldest === undefined) return;
    this.#agents.delete(oldest.instance);
    if (this.#ofNode.get(oldest.node) === oldest) this.#ofNode.delete(oldest.node);
  }
}

const hashOf = (key: string): number => createHash('sha256').update(key).digest().readUInt16BE() & MAX_AGENT_NUMBER;

/**
 * The numbers with one for `key`: a free one, begun at a hash of the name (docs/adr/0070). When all are given, none: the
 * name then goes by its hash and is not remembered, or names that somebody makes up would be kept without end.
 */
function withNumber(numbers: Readonly<Record<string, number>>, key: string): Readonly<Record<string, number>> {
  if (numbers[key] !== undefined) return numbers;
  const taken = new Set(Object.values(numbers));
  if (taken.size > MAX_AGENT_NUMBER) return numbers;
  let number = hashOf(key);
  while (taken.has(number)) number = (number + 1) & MAX_AGENT_NUMBER;
  return { ...numbers, [key]: number };
}
