/** Recordings: started, watched, stopped, kept, taken along. Who sees a part of the traffic records and sees that part. */

import { recordingEndpoints as endpoints } from '@kubeshark/contract/recordings';
import { exportEntries, exportFormats, holdsPackets } from '@kubeshark/recording';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../../access/access.ts';
import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import { packetsOutlook } from '../../packets/kept-packets.ts';
import { handle, handleFile } from '../../plugins/endpoint.ts';
import type { Recordings } from '../../recordings/recordings.ts';

export interface RecordingsRoutesOptions {
  readonly recordings: Recordings;
  readonly store: Store;
  readonly agents: AgentRegistry;
}

export const recordingsRoutes: FastifyPluginAsync<RecordingsRoutesOptions> = async (
  app,
  { recordings, store, agents },
) => {
  const list = ({ me }: Access) => ({ recordings: recordings.list(me.scope), retention: recordings.retention });
  /** The id, when this person may know of it. */
  const seen = ({ id }: { readonly id: string }, { me }: Access): string => {
    recordings.requireSeen(id, me.scope);
    return id;
  };

  handle(app, endpoints.recordings, ({ access }) => list(access));
  handle(app, endpoints.packetsOutlook, ({ access }) => packetsOutlook(agents, access.seesPackets));
  handle(app, endpoints.startRecording, ({ body, access, signal }) => {
    const { preRollSeconds, query } = body;
    const { where } = access.compile(query);
    const { scope } = access.me;
    const seesPackets = access.seesPackets;
    if (preRollSeconds === 0) return recordings.start(body, { scope, seesPackets });
    const since = (Date.now() - preRollSeconds * 1000) * 1000;
    return recordings.start(body, { scope, seesPackets, earlier: store.scan({ where, since, signal }) });
  });
  handle(app, endpoints.stopRecording, ({ params, access }) => recordings.stop(seen(params, access)));
  handle(app, endpoints.changeRecording, ({ params, body, access }) => recordings.rename(seen(params, access), body));
  handle(app, endpoints.restoreRecording, ({ params, access }) => recordings.restore(seen(params, access)));
  handle(app, endpoints.deleteRecording, async ({ params, access }) => {
    await recordings.remove(seen(params, access));
    return list(access);
  });
  handleFile(app, endpoints.downloadRecording, async ({ params, access }) => {
    const id = seen(params, access);
    if (recordings.hasRawPackets(id)) access.require('raw');
    const { name, content } = await recordings.file(id);
    return { name: `${name}.tar`, mime: 'application/x-tar', size: content.size, bytes: content.bytes() };
  });
  handleFile(app, endpoints.exportRecording, async ({ params, query, access }) => {
    const { extension, mime } = exportFormats[query.format];
    const { matches } = access.compile(query.q);
    const id = seen(params, access);
    const matching = async function* () {
      for await (const entries of recordings.entries(id)) yield entries.filter(matches);
    };
    const isRaw = holdsPackets(query.format) && query.packets === 'captured' && access.seesPackets;
    const packets = isRaw ? await recordings.packets(id) : undefined;
    const kept = packets && { packets, again: matching };
    const name = `${recordings.get(id).name}.${extension}`;
    return { name, mime, bytes: exportEntries(query.format, matching(), { kept }) };
  });
};
