/** Questions about queries and by queries: checking, completion, pipelines, saved queries. */

import type { JsonValue } from '@kubeshark/model';
import { z } from 'zod';
import { EntryPage } from './entries.ts';
import { MAX_PAGE_ROWS } from './limits.ts';
import { count, Instant, Query, Scope } from './scalars.ts';

/** Half-open character offsets into the query text. */
export const Diagnostic = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    message: z.string(),
    from: z.number(),
    to: z.number(),
    /** Texts that would fit at this place, best first. */
    suggestions: z.array(z.string()).optional(),
  })
  .meta({ id: 'Diagnostic' });
export type Diagnostic = z.infer<typeof Diagnostic>;

export const ValidateBody = z.object({ query: z.string() });
export const Validation = z
  .object({
    /** False when there is an error; warnings leave it true. */
    ok: z.boolean(),
    diagnostics: z.array(Diagnostic),
    /** The query in house spelling; absent when it does not compile. */
    formatted: z.string().optional(),
  })
  .meta({ id: 'Validation' });
export type Validation = z.infer<typeof Validation>;

export const RunBody = z.object({
  query: Query,
  since: z.union([z.number(), Instant]).optional(),
  until: z.union([z.number(), Instant]).optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_ROWS).default(100),
});
export type RunBody = z.infer<typeof RunBody>;

export const Column = z.object({
  name: z.string(),
  type: z.enum(['string', 'number', 'bool', 'time', 'json']),
  /** Unit of a number: `ms`, `bytes`, `ratio`, `perSecond`. */
  unit: z.string().optional(),
});
export type Column = z.infer<typeof Column>;

const Cell = z.unknown() as unknown as z.ZodType<JsonValue>;

/** A query with stages answers with a table, one without with a page of entries. */
export const RunResult = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('entries'), page: EntryPage }),
    z.object({
      kind: z.literal('table'),
      columns: z.array(Column),
      rows: z.array(z.array(Cell)),
      /** True when the row limit cut the table. */
      truncated: z.boolean(),
      scanned: z.number(),
      elapsedMillis: z.number(),
    }),
  ])
  .meta({ id: 'RunResult' });
export type RunResult = z.infer<typeof RunResult>;

export const ValuesQuery = Scope.extend({
  field: z.string().min(1).max(256),
  prefix: z.string().max(256).default(''),
  limit: count(1, 200).default(20),
});
/** Most frequent first. */
export const FieldValues = z
  .object({ values: z.array(z.object({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.number() })) })
  .meta({ id: 'FieldValues' });
export type FieldValues = z.infer<typeof FieldValues>;

/** Letters, digits and dashes: the key in queries.yaml. */
export const SavedQueryId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes');
export const SavedQuery = z
  .object({
    id: SavedQueryId,
    name: z.string().min(1).max(200),
    query: Query,
    description: z.string().max(2000).optional(),
  })
  .meta({ id: 'SavedQuery' });
export type SavedQuery = z.infer<typeof SavedQuery>;
export const SavedQueries = z.object({ queries: z.array(SavedQuery) }).meta({ id: 'SavedQueries' });

/** The text of a queries.yaml as the guide shows it. */
export const ImportBody = z.object({ yaml: z.string().max(1024 * 1024) });
/** What an import did; a query that does not compile is imported nowhere and named in `refused`. */
export const ImportResult = z
  .object({
    imported: z.array(z.string()),
    refused: z.array(z.object({ id: z.string(), reason: z.string() })),
  })
  .meta({ id: 'ImportResult' });
export type ImportResult = z.infer<typeof ImportResult>;
