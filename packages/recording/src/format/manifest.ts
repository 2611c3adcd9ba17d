/** manifest.json of a recording: what is in it, where it comes from, and what it does not contain. */

import { z } from 'zod';

export const FORMAT = 'kubeshark-recording';
/** Rises when an older reader would misread a recording; new optional keys and members do not raise it. */
export const FORMAT_VERSION = 1;

export const StopReason = z.enum([
  /** Somebody clicked Stop or pressed Ctrl-C. */
  'hand',
  'time',
  'size',
  'count',
  /** The recorder ended in the middle: a crash, a full disk. What was kept until then is here. */
  'interrupted',
  /** Made from what a hub had stored, not recorded as it happened. */
  'export',
]);
export type StopReason = z.infer<typeof StopReason>;

const counter = z.number().int().min(0);

/** Loose: a recording of a later release may say more. */
export const Manifest = z.looseObject({
  format: z.literal(FORMAT),
  version: z.number().int().min(1),
  /** Program and release that wrote the file. */
  createdBy: z.string().max(200),
  name: z.string().max(200),
  notes: z.string().max(10_000).optional(),
  /** KFL query that decided what was recorded; empty means everything. */
  query: z.string(),
  /** Microseconds since 1970. */
  startedAt: z.number(),
  stoppedAt: z.number(),
  stopReason: StopReason,
  entries: counter,
  /** Earliest and latest call; absent without entries. */
  firstTimestamp: z.number().optional(),
  lastTimestamp: z.number().optional(),
  /** Calls by the node that saw them. */
  nodes: z.record(z.string(), counter),
  protocols: z.record(z.string(), counter),
  packets: z.object({
    /** `captured`: frames as they were on the wire, but for `rebuilt`. `rebuilt`: made again from the calls' payload. */
    origin: z.enum(['captured', 'rebuilt']),
    count: counter,
    /** Frames made again, on the interface of that name; absent when all or none are. */
    rebuilt: counter.optional(),
    /** Why packets were made again or are missing, in sentences. */
    reasons: z.array(z.string().max(1000)).max(1000).optional(),
    /** Calls that have no packets here, by the reason or protocol. */
    missing: z.record(z.string(), counter),
  }),
  /** What is known to be missing, each in a sentence; empty when nothing is. */
  gaps: z.array(z.string().max(1000)).max(1000),
});
export type Manifest = z.infer<typeof Manifest>;

/** names.json: what the addresses were called while the recording ran. */
export const Names = z.record(
  z.string(),
  z.object({ name: z.string().optional(), namespace: z.string().optional(), pod: z.string().optional() }),
);
export type Names = z.infer<typeof Names>;
