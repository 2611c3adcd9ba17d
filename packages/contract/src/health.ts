/** What the agents see and miss, what the store holds, and what to do about it. */

import { z } from 'zod';

const counter = z.number().min(0);
const byName = z.record(z.string(), counter);

/** Counters of one agent since it started; an agent sends them once a second. */
export const CaptureCounters = z
  .object({
    packets: counter,
    bytes: counter,
    /** Packets the kernel dropped because nobody read them in time; null when the source cannot say. */
    kernelDropped: counter.nullable(),
    /** Largest share of the kernel's buffer that waited at once in the last second, 0 to 1; null when the source cannot say. */
    bufferUsed: counter.nullable().default(null),
    /** How often the capturing process ended and was started again. */
    restarts: counter.default(0),
    /** Captured packets kept on disk, the time of the oldest (µs), and how many could not be kept; null without a ring. */
    ringBytes: counter.nullable().default(null),
    ringSince: counter.nullable().default(null),
    ringDropped: counter.default(0),
    /** Frames that carry nothing the engine reads, by reason. */
    skipped: byName,
    streams: counter,
    openStreams: counter,
    /** Holes in streams, and the bytes lost in them. */
    gaps: counter,
    gapBytes: counter,
    /** Streams given up, and bodies of open calls cut, because all together had reached a limit. */
    evicted: counter.default(0),
    cutBodies: counter.default(0),
    /** Streams whose protocol nobody recognised: bytes by server port. */
    unidentified: byName,
    /** Parser faults by `protocol: fault`. */
    faults: byName,
    tlsStreams: counter,
    tlsDecrypted: counter,
    entries: counter,
    entriesByProtocol: byName,
    /** Entries sent and acknowledged, waiting in memory, waiting on disk, and given up because both were full. */
    shipped: counter,
    queued: counter,
    spooled: counter,
    lost: counter,
  })
  .meta({ id: 'CaptureCounters' });
export type CaptureCounters = z.infer<typeof CaptureCounters>;

export const AgentHealth = z
  .object({
    node: z.string(),
    agentNumber: z.number(),
    version: z.string(),
    source: z.string(),
    connected: z.boolean(),
    since: z.number(),
    lastSeen: z.number(),
    /** Why the source does not work, or why a better one was not taken. */
    notes: z.array(z.string()),
    /** How far its clock is ahead of the hub's, behind when negative; null before it has told. */
    clockAheadMillis: z.number().nullable().default(null),
    counters: CaptureCounters,
    /** Packets and entries a second over the last few seconds. */
    packetsPerSecond: z.number(),
    entriesPerSecond: z.number(),
  })
  .meta({ id: 'AgentHealth' });
export type AgentHealth = z.infer<typeof AgentHealth>;

export const StoreHealth = z
  .object({
    engine: z.string(),
    state: z.enum(['ok', 'degraded', 'unavailable']),
    reason: z.string().optional(),
    entries: z.number(),
    bytes: z.number(),
    /** Time of the oldest and newest entry held; null when empty. */
    oldest: z.number().nullable(),
    newest: z.number().nullable(),
    /** Entries dropped by retention since the store was made. */
    retired: z.number(),
  })
  .meta({ id: 'StoreHealth' });
export type StoreHealth = z.infer<typeof StoreHealth>;

/** TLS connections to one server, by its workload, else its service, name or address. */
export const TlsOfWorkload = z
  .object({ namespace: z.string(), workload: z.string(), connections: counter, decrypted: counter })
  .meta({ id: 'TlsOfWorkload' });
export type TlsOfWorkload = z.infer<typeof TlsOfWorkload>;

export const IngestHealth = z.object({
  received: counter,
  stored: counter,
  /** Entries refused or not stored, by reason. */
  refused: byName,
  duplicates: counter,
  /** Second and further sightings of calls, made one with the first. */
  joined: counter.default(0),
  /** Sightings that stand alone because the database did not answer, by which several hubs join them. */
  unjoined: counter.default(0),
  /** Sightings that came after their call was shown and could not be added to it: too many did. */
  leftOut: counter.default(0),
  /** Entries that were stored without names and have got them since, when their pod or service became known. */
  completed: counter.default(0),
  /** Entries that wait for the names of a private address nobody in the cluster has yet. */
  nameless: counter.default(0),
  /** Of those, how many were given up: nobody had the address in time, or too many waited. */
  namesGivenUp: counter.default(0),
  /** Entries that other hubs stored faster than this one can read them: in the store, not in its live streams. */
  notShownLive: counter.optional(),
  /** TLS seen and decrypted, the servers with most closed connections first. */
  tls: z.array(TlsOfWorkload).default([]),
});
export type IngestHealth = z.infer<typeof IngestHealth>;

export const CaptureHealth = z
  .object({ agents: z.array(AgentHealth), total: CaptureCounters, store: StoreHealth, ingest: IngestHealth })
  .meta({ id: 'CaptureHealth' });
export type CaptureHealth = z.infer<typeof CaptureHealth>;

/** In the order a person would look; the first that is not `ok` is the likely reason for an empty screen. */
export const Check = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['ok', 'warning', 'failed', 'unknown']),
  /** What was seen: `3 agents connected, last batch 0.4 s ago`. */
  evidence: z.string(),
  /** What to do; absent when nothing is wrong. */
  nextStep: z.string().optional(),
});
export type Check = z.infer<typeof Check>;
export const DoctorReport = z.object({ state: Check.shape.state, checks: z.array(Check) }).meta({ id: 'DoctorReport' });
export type DoctorReport = z.infer<typeof DoctorReport>;

export const SourceInfo = z
  .object({
    id: z.string(),
    kind: z.enum(['live', 'file']),
    /** Interface list, or the file's name. */
    name: z.string(),
    node: z.string(),
    state: z.enum(['running', 'done', 'failed', 'gone']),
    /** Why, when it failed: `truncated packet at offset 4711`. */
    reason: z.string().optional(),
    entries: z.number(),
    /** 0 to 1 for a file being read. */
    progress: z.number().optional(),
  })
  .meta({ id: 'SourceInfo' });
export type SourceInfo = z.infer<typeof SourceInfo>;
export const Sources = z.object({ sources: z.array(SourceInfo) }).meta({ id: 'Sources' });

export const VersionInfo = z
  .object({ name: z.literal('kubeshark'), version: z.string(), apiVersion: z.literal(1), linkVersion: z.number() })
  .meta({ id: 'VersionInfo' });
export type VersionInfo = z.infer<typeof VersionInfo>;
