/** Calls as a file: of a query, or some chosen ones. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { exportEntries, exportFormats } from '@kubeshark/recording';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../../access/access.ts';
import { handleFile } from '../../plugins/endpoint.ts';

export const exportRoutes: FastifyPluginAsync = async (app) => {
  handleFile(app, recordingEndpoints.export, ({ query, access, reading, signal }) => {
    const { format, ids, q, since, until } = query;
    const { extension, mime } = exportFormats[format];
    const { where } = access.compile(q);
    const batches = ids === undefined ? reading.scan({ where, since, until, signal }) : chosen(reading, ids, access);
    return { name: `kubeshark-${stampOf(new Date())}.${extension}`, mime, bytes: exportEntries(format, batches) };
  });
};

/** Those of the calls that are still there and may be seen. */
async function* chosen(store: Store, ids: readonly string[], access: Access): AsyncGenerator<readonly Entry[]> {
  for (const id of ids) {
    const found = await store.find(id);
    const entry = found && access.present(found);
    if (entry !== undefined) yield [entry];
  }
}

/** `20261123-101500`, which every file system takes. */
const stampOf = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
