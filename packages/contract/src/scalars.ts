/** The small values that most messages share. */

import type { Micros } from '@kubeshark/model';
import { z } from 'zod';
import { parseInstant } from './instant.ts';
import { MAX_QUERY_CHARS } from './limits.ts';

/** 64 bits unsigned as a decimal string; a JSON number would lose its low digits. */
export const EntryId = z.string().regex(/^\d{1,20}$/, 'an entry id is a decimal number');

export const Query = z.string().max(MAX_QUERY_CHARS);

/** A point in time in a query string: micros since 1970, or ISO 8601. */
export const Instant = z.string().transform((text, context): Micros => {
  const micros = parseInstant(text);
  if (micros !== undefined) return micros;
  context.addIssue({ code: 'custom', message: 'a time is a number of microseconds or ISO 8601 with a zone' });
  return z.NEVER;
});

/** What part of the store a read looks at: the filter, then `since` <= timestamp < `until`. */
export const Scope = z.object({
  q: Query.default(''),
  since: Instant.optional(),
  until: Instant.optional(),
});
export type Scope = z.infer<typeof Scope>;

/** A whole number in a query string. */
export const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
