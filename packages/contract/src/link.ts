/**
 * The agent link, WebSocket `/api/agent`.
 *
 * Control messages are JSON text. A batch is one binary frame: 8 bytes sequence (unsigned, big-endian, rising from 1 for
 * each `instance`), then zstd over msgpack of a list of entries. The hub answers `ack` only after the store has taken the
 * batch; an agent sends what is not acknowledged again after a reconnect, and entry ids make that harmless.
 */

import { z } from 'zod';
import { errorCodes } from './errors.ts';
import { CaptureCounters } from './health.ts';
import { MAX_AGENT_NUMBER, MAX_TARGETS } from './limits.ts';
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
  /** Before the hub closes the link. */
  z.object({ type: z.literal('error'), code: z.enum(errorCodes), message: z.string() }),
]);
export type HubMessage = z.infer<typeof HubMessage>;
