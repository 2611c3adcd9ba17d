/** Calls as a file: of a query, or some chosen ones. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { exportEntries, exportFormats } from '@kubeshark/recording';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import { handleFile } from '../../plugins/endpoint.ts';
import type { Filter } from '../../services.ts';

export interface ExportRoutesOptions {
  readonly store: Store;
  readonly compile: (query: string) => Filter;
}

export const exportRoutes: FastifyPluginAsync<ExportRoutesOptions> = async (app, { store, compile }) => {
  handleFile(app, recordingEndpoints.export, ({ query, signal }) => {
    const { format, ids, q, since, until } = query;
    const { extension, mime } = exportFormats[format];
    const { where } = compile(q);
    const batches = ids === undefined ? store.scan({ where, since, until, signal }) : chosen(store, ids);
    return { name: `kubeshark-${stampOf(new Date())}.${extension}`, mime, bytes: exportEntries(format, batches) };
  });
};

/** Those of the calls that are still there. */
async function* chosen(store: Store, ids: readonly string[]): AsyncGenerator<readonly Entry[]> {
  for (const id of ids) {
    const entry = await store.find(id);
    if (entry !== undefined) yield [entry];
  }
}

/** `20261123-101500`, which every file system takes. */
const stampOf = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
