/** Entries as the API gives them: rows for lists, whole entries for the inspector. */

import type { Entry as ModelEntry, EntryRow as ModelEntryRow } from '@kubeshark/model';
import { z } from 'zod';
import { MAX_PAGE_ROWS, MAX_PAGE_SECONDS } from './limits.ts';
import { count, EntryId, Scope } from './scalars.ts';

const EndpointRow = z.object({
  ip: z.string(),
  port: z.number(),
  name: z.string().optional(),
  namespace: z.string().optional(),
});

/** The type is model's; the schema says the same to clients that do not read TypeScript. */
export const EntryRow = z
  .object({
    id: EntryId,
    timestamp: z.number(),
    node: z.string(),
    protocol: z.string(),
    protocols: z.array(z.string()),
    method: z.string(),
    endpoint: z.string(),
    summary: z.string(),
    status: z.union([z.number(), z.string(), z.null()]),
    error: z.boolean(),
    latency: z.number().nullable(),
    src: EndpointRow,
    dst: EndpointRow,
    requestSize: z.number().nullable(),
    responseSize: z.number().nullable(),
  })
  .meta({ id: 'EntryRow' }) as unknown as z.ZodType<ModelEntryRow>;

const Endpoint = z.looseObject({ ip: z.string(), port: z.number() });
const Half = z.looseObject({ size: z.number() }).nullable();

/** Beside the keys named here, an entry has an object for each protocol it is of: `redis`, `kafka`, … */
export const Entry = z
  .looseObject({
    id: EntryId,
    timestamp: z.number(),
    node: z.string(),
    protocol: z.string(),
    protocols: z.array(z.string()),
    src: Endpoint,
    dst: Endpoint,
    request: Half,
    response: Half,
    method: z.string(),
    endpoint: z.string(),
    summary: z.string(),
    status: z.union([z.number(), z.string(), z.null()]),
    error: z.boolean(),
    errorText: z.string().optional(),
    latency: z.number().nullable(),
    traceId: z.string().optional(),
    connection: z.looseObject({ id: z.string(), transport: z.string(), index: z.number() }),
    capture: z.looseObject({ source: z.string() }),
  })
  .meta({ id: 'Entry' }) as unknown as z.ZodType<ModelEntry>;

export const EntriesQuery = Scope.extend({
  /** Only entries older than this id: the `next` of the page before. */
  before: EntryId.optional(),
  limit: count(1, MAX_PAGE_ROWS).default(100),
  /** Time the search may take; with less than the hub's own limit a page is shorter, and its `next` goes on. */
  seconds: count(1, MAX_PAGE_SECONDS).optional(),
});
export type EntriesQuery = z.infer<typeof EntriesQuery>;

/** Newest first. */
export const EntryPage = z
  .object({
    rows: z.array(EntryRow),
    /** Pass as `before` for the next older page; null when there is nothing older. */
    next: EntryId.nullable(),
    /** False when a limit (time, rows read) stopped the search early: `next` goes on from there. */
    complete: z.boolean(),
    /** Entries the store looked at for this page, as far as it knows. */
    scanned: z.number(),
    elapsedMillis: z.number(),
  })
  .meta({ id: 'EntryPage' });
export type EntryPage = z.infer<typeof EntryPage>;

/** The calls before and after one on its connection, oldest first, the entry itself included. */
export const Neighbours = z.object({ rows: z.array(EntryRow) }).meta({ id: 'Neighbours' });
export type Neighbours = z.infer<typeof Neighbours>;
