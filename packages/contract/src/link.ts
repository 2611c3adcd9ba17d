/**
 * The agent link, WebSocket `/api/agent`.
 *
 * Control messages are JSON text. A batch is one binary frame: 8 bytes sequence (unsigned, big-endian, rising from 1 for
 * each `instance`), then zstd over msgpack of a list of entries. The hub answers `ack` only after the store has taken the
 * batch; an agent sends what is not acknowledged again after a reconnect, and entry ids make that harmless.
 *
 * The hub may ask for captured packets. The agent answers `packets-found`, then pieces of one pcapng file, each a binary
 * frame: 4 bytes of ones (no sequence begins so), 4 bytes request, the piece; then `packets-end`. It sends PACKET_WINDOW
 * pieces, and one more for each `packets-next`. A link that breaks ends its requests.
 */

import { z } from 'zod';
import { errorCodes } from './errors.ts';
import { CaptureCounters } from './health.ts';
import { MAX_AGENT_NUMBER, MAX_PACKET_CONNECTIONS, MAX_TARGETS } from './limits.ts';
import { RedactionSettings } from './redaction.ts';

/** What the hub wants captured; the agent applies it without a restart. */
export const CaptureConfig = z.object({
  /** Bytes of each body kept. */
  maxCapturedSize: z.number().int().min(0).optional(),
  /** What the agent takes out of entries; until the hub has said so, the defaults. */
  redaction: RedactionSettings.optional(),
  /** Addresses of the pods of this node to capture; absent means everything that passes. */
  targets: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(MAX_TARGETS)
    .optional(),
  /** Capture nothing. */
  paused: z.boolean().optional(),
  /** Connections with these are left out: the hubs' own, seen behind their service's address. */
  except: z
    .array(z.object({ address: z.union([z.ipv4(), z.ipv6()]), port: z.number().int().min(0).max(65_535) }))
    .max(64)
    .optional(),
});
export type CaptureConfig = z.infer<typeof CaptureConfig>;

/** First bytes of a frame with packets. */
export const PACKETS_FRAME = 0xffffffff;

const request = z.number().int().min(0).max(0xffffffff);
const count = z.number().int().min(0);

/** Which of the packets an agent keeps are wanted. */
export const PacketsWanted = z.object({
  /** Microseconds; none after this. */
  until: z.number(),
  /** `connection.id` of entries, and from when on. */
  connections: z.array(z.object({ id: z.string().max(256), since: z.number() })).max(MAX_PACKET_CONNECTIONS),
});
export type PacketsWanted = z.infer<typeof PacketsWanted>;

export const AgentMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    linkVersion: z.number(),
    version: z.string().max(64),
    /** Name of the machine or cluster node. */
    node: z.string().min(1).max(253),
    /** Random, made when the agent starts: tells a reconnect from a second agent of the same node. */
    instance: z.string().min(1).max(64),
    token: z.string().max(4096).optional(),
    source: z.object({ kind: z.enum(['live', 'file']), name: z.string().max(1024) }),
  }),
  z.object({
    type: z.literal('health'),
    counters: CaptureCounters,
    state: z.enum(['running', 'done', 'failed']),
    /** Sentences for people: why the source failed, why a better one was not taken. */
    notes: z.array(z.string().max(1024)).max(32),
    progress: z.number().min(0).max(1).optional(),
    /** The agent's clock when it sent this, µs. */
    sentAt: z.number().optional(),
  }),
  z.object({
    type: z.literal('packets-found'),
    request,
    /** Places in the list of connections that was asked for, of those no packet is kept of. */
    missing: z.array(count).max(MAX_PACKET_CONNECTIONS),
  }),
  z.object({
    type: z.literal('packets-end'),
    request,
    packets: count,
    /** Why there are no more, when that is not because these are all. */
    reason: z.string().max(1024).optional(),
  }),
]);
export type AgentMessage = z.infer<typeof AgentMessage>;

export const HubMessage = z.discriminatedUnion('type', [
  /** Low bits of every id this agent gives from now on; the same node gets the same number as long as the hub knows it. */
  z.object({
    type: z.literal('welcome'),
    agentNumber: z.number().int().min(0).max(MAX_AGENT_NUMBER),
    config: CaptureConfig,
  }),
  z.object({ type: z.literal('config'), config: CaptureConfig }),
  /** Every batch up to and with `seq` is in the store. */
  z.object({ type: z.literal('ack'), seq: z.number() }),
  /** One batch will never be taken; sending it again is of no use. */
  z.object({ type: z.literal('refused'), seq: z.number(), code: z.enum(errorCodes), message: z.string() }),
  z.object({ type: z.literal('packets'), request, wanted: PacketsWanted }),
  /** A piece was taken: one more may come. */
  z.object({ type: z.literal('packets-next'), request }),
  /** Nobody wants the rest. */
  z.object({ type: z.literal('packets-stop'), request }),
  /** Before the hub closes the link. */
  z.object({ type: z.literal('error'), code: z.enum(errorCodes), message: z.string() }),
]);
export type HubMessage = z.infer<typeof HubMessage>;
