/** Calls as a file: of a query, or some chosen ones. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { exportEntries, exportFormats, holdsPackets } from '@kubeshark/recording';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../../access/access.ts';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import { keptByAgents } from '../../packets/kept-packets.ts';
import { handleFile } from '../../plugins/endpoint.ts';

export interface ExportRoutesOptions {
  readonly store: Store;
  readonly agents: AgentRegistry;
}

export const exportRoutes: FastifyPluginAsync<ExportRoutesOptions> = async (app, { store, agents }) => {
  handleFile(app, recordingEndpoints.export, ({ query, access, reading, signal }) => {
    const { format, ids, q, since, until, packets } = query;
    const { extension, mime } = exportFormats[format];
    const { where } = access.compile(q);
    const batches = () =>
      ids === undefined ? reading.scan({ where, since, until, signal }) : chosen(reading, ids, access);
    // Of an opened file no agent has packets.
    const isRaw = holdsPackets(format) && packets === 'captured' && access.seesPackets && reading === store;
    const kept = isRaw ? { packets: keptByAgents(agents, signal), again: batches } : undefined;
    const bytes = exportEntries(format, batches(), { kept });
    return { name: `kubeshark-${stampOf(new Date())}.${extension}`, mime, bytes };
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
