/**
 * Exports, recordings, opened files and replays. A table of its own behind a door of its own: the browser loads it with the
 * pages that need it.
 */

import { z } from 'zod';
import type { Endpoint } from './endpoints.ts';
import { EntryId, Scope } from './scalars.ts';

export const exportFormatNames = [
  'pcap',
  'pcapng',
  'har',
  'json',
  'ndjson',
  'csv',
  'parquet',
  'curl',
  'openapi',
] as const;
export type ExportFormatName = (typeof exportFormatNames)[number];

/** Calls chosen one by one: what fits into an address. */
export const MAX_EXPORT_IDS = 300;

export const ExportQuery = Scope.extend({
  format: z.enum(exportFormatNames),
  /** Ids separated by commas: these calls, in this order, instead of a query. */
  ids: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(EntryId).max(MAX_EXPORT_IDS))
    .optional(),
});
export type ExportQuery = z.infer<typeof ExportQuery>;

/** An answer that is a file. */
export const FileBody = z.unknown();

export const recordingEndpoints = {
  export: {
    method: 'GET',
    path: '/api/export',
    summary: 'The calls of a query as a file, oldest first. Ends when the client goes away.',
    query: ExportQuery,
    response: FileBody,
    audited: true,
    needs: 'export',
  },
} as const satisfies Record<string, Endpoint>;
