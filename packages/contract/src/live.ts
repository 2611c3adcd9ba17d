/** The live stream, `/api/live`: JSON text messages both ways. `/api/live/sse?q=` sends the same server messages as events. */

import { z } from 'zod';
import { EntryRow } from './entries.ts';
import { errorCodes } from './errors.ts';
import { Diagnostic } from './queries.ts';
import { EntryId, Query } from './scalars.ts';

/** `<epoch>:<sequence>`: opaque to clients. A hub that restarts begins another epoch. */
export const LivePosition = z.string().regex(/^[0-9a-z]{1,32}:\d{1,16}$/, 'a position the hub gave out');

export const LiveClientMessage = z.discriminatedUnion('type', [
  /** Begins, or begins anew with another query. With `resumeFrom` the rows after that position come first. */
  z.object({ type: z.literal('subscribe'), query: Query.default(''), resumeFrom: LivePosition.optional() }),
  /** Rows stop, counts go on; after `resume` the stream goes on from where it was paused, as far as the hub remembers. */
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
]);
export type LiveClientMessage = z.infer<typeof LiveClientMessage>;

/** Since the subscription began. Invariant: matched = sent + skipped + (what waits to be sent). */
export const LiveCounts = z.object({
  /** Entries the hub took in. */
  seen: z.number(),
  /** Of these, what the query matches. */
  matched: z.number(),
  /** Rows given to this client. */
  sent: z.number(),
  /** Rows left out because the client reads slower than they come. */
  skipped: z.number(),
});
export type LiveCounts = z.infer<typeof LiveCounts>;

/** `all`: every matching row. `sampled`: some rows, exact counts. `counts`: no rows until the client has caught up. */
export const LiveMode = z.enum(['all', 'sampled', 'counts', 'paused']);
export type LiveMode = z.infer<typeof LiveMode>;

export const LiveServerMessage = z
  .discriminatedUnion('type', [
    /** Answers `subscribe`, and tells of every change after. */
    z.object({
      type: z.literal('state'),
      mode: LiveMode,
      position: LivePosition,
      /** Only in answer to `resumeFrom`: `lost` means the rows in between are in the store only. */
      resumed: z.enum(['exact', 'lost']).optional(),
      /** Warnings about the query. */
      diagnostics: z.array(Diagnostic).optional(),
    }),
    /** Oldest first. `position` is after the last row: keep it for `resumeFrom`. */
    z.object({ type: z.literal('rows'), rows: z.array(EntryRow), position: LivePosition, counts: LiveCounts }),
    /**
     * Calls told before, or that did not match before, whose ends have got their names: rows to put in the place of those
     * with the same id, or to show now; and what is to be shown no longer.
     */
    z.object({ type: z.literal('amended'), rows: z.array(EntryRow), removed: z.array(EntryId) }),
    /** At least once a second while something is seen. */
    z.object({ type: z.literal('counts'), position: LivePosition, counts: LiveCounts }),
    /** `fatal`: the hub closes the stream after this. */
    z.object({
      type: z.literal('error'),
      code: z.enum(errorCodes),
      message: z.string(),
      fatal: z.boolean(),
      diagnostics: z.array(Diagnostic).optional(),
    }),
  ])
  .meta({ id: 'LiveServerMessage' });
export type LiveServerMessage = z.infer<typeof LiveServerMessage>;
