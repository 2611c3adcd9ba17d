/** Replays of a recording: what may be asked for, what would be sent, and what was found. */

import { z } from 'zod';
import { Query } from './scalars.ts';

export const StartReplayBody = z.object({
  /** The only server anything is sent to. */
  target: z.string().min(1).max(2_000),
  filter: Query.default(''),
  /** How many times as fast as recorded, or as fast as the target answers; absent with a rate. */
  speed: z.union([z.number().positive().max(10_000), z.literal('max')]).default(1),
  /** Calls a second instead of the recorded spacing. */
  rate: z.number().positive().max(100_000).optional(),
  /** Seconds in which the rate rises to its height. */
  rampSeconds: z.number().min(0).max(86_400).optional(),
  /** Seconds after which no call is begun. */
  durationSeconds: z.number().positive().max(86_400).optional(),
  concurrency: z.number().int().min(1).max(10_000).optional(),
  loops: z.number().int().min(1).max(100_000).default(1),
  sample: z.number().positive().max(1).default(1),
  allowWrites: z.boolean().default(false),
  /** Only these HTTP methods. */
  methods: z.array(z.string().min(1).max(40)).max(40).optional(),
  /** Recorded host and where its calls go. */
  mapHosts: z.record(z.string().min(1).max(300), z.string().min(1).max(2_000)).default({}),
  dropHeaders: z.array(z.string().min(1).max(200)).max(200).default([]),
  /** The target's certificate is not checked. */
  insecure: z.boolean().default(false),
  /** Names and values. */
  setHeaders: z.record(z.string().min(1).max(200), z.string().max(10_000)).default({}),
  /** Lines of an ignore list, docs/replay.md. */
  ignore: z.string().max(100_000).default(''),
  /** Send everything twice before, and pass over what differs between the two. */
  hasBaseline: z.boolean().default(false),
  /** Count times and ids that look alike, too. */
  strict: z.boolean().default(false),
  /** Lists whose order means nothing. */
  unordered: z.array(z.string().min(1).max(1_000)).max(200).default([]),
  /** How much slower an answer may be. */
  latencyMillis: z.number().min(0).max(3_600_000).optional(),
  /** Lines like `POST /login $.token`. */
  captures: z.string().max(100_000).default(''),
});
export type StartReplayBody = z.infer<typeof StartReplayBody>;

export const ReplayPlan = z
  .object({
    planned: z.number(),
    /** Recorded hosts of the calls that go to the target. */
    hosts: z.record(z.string(), z.number()),
    skipped: z.record(z.string(), z.number()),
    /** Headers that are not sent, because their value was redacted. */
    redacted: z.record(z.string(), z.number()),
    /** Values of answers that later requests carry, as lines of `captures`. */
    captures: z.array(z.string()),
  })
  .meta({ id: 'ReplayPlan' });
export type ReplayPlan = z.infer<typeof ReplayPlan>;

const Percentiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }).nullable();
const counts = { equal: z.number(), different: z.number(), slow: z.number(), failed: z.number() };

/** What a replay found: the report of `kubeshark replay --report x.json`. */
export const ReplayReport = z
  .looseObject({
    recording: z.string(),
    target: z.string(),
    startedAt: z.string(),
    seconds: z.number(),
    isStopped: z.boolean(),
    planned: z.number(),
    sent: z.number(),
    ...counts,
    callsPerSecond: z.number(),
    lateness: Percentiles,
    scheduleError: Percentiles.optional(),
    latency: Percentiles,
    skipped: z.record(z.string(), z.number()),
    redacted: z.record(z.string(), z.number()),
    ignored: z.array(z.object({ endpoint: z.string(), place: z.string(), reason: z.string(), calls: z.number() })),
    endpoints: z.array(z.object({ endpoint: z.string(), calls: z.number(), ...counts, latency: Percentiles })),
    calls: z.array(
      z.object({
        id: z.string(),
        loop: z.number(),
        endpoint: z.string(),
        summary: z.string(),
        recordedStatus: z.union([z.number(), z.string(), z.null()]),
        status: z.number().nullable(),
        recordedLatency: z.number().nullable(),
        latency: z.number().nullable(),
        /** Each in words, with its part: `body`, `status`, `header`, `latency`, `failure`. */
        differences: z.array(z.object({ part: z.string(), text: z.string() })),
      }),
    ),
    unlisted: z.number(),
  })
  .meta({ id: 'ReplayReport' });
export type ReplayReport = z.infer<typeof ReplayReport>;

export const ReplayInfo = z
  .object({
    id: z.string(),
    recording: z.string(),
    target: z.string(),
    /** Microseconds. */
    startedAt: z.number().min(0),
    state: z.enum(['running', 'done', 'failed']),
    reason: z.string().optional(),
    planned: z.number(),
    sent: z.number(),
    /** Answers that are not the recorded ones. */
    wrong: z.number(),
    /** Once it is over. */
    report: ReplayReport.optional(),
  })
  .meta({ id: 'Replay' });
export type ReplayInfo = z.infer<typeof ReplayInfo>;
