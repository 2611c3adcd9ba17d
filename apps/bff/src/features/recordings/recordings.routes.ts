/** Recordings: started, watched, stopped, kept, taken along. Who sees a part of the traffic records and sees that part. */

import { recordingEndpoints as endpoints } from '@kubeshark/contract/recordings';
import { exportEntries, exportFormats } from '@kubeshark/recording';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../../access/access.ts';
import { handle, handleFile } from '../../plugins/endpoint.ts';
import type { Recordings } from '../../recordings/recordings.ts';

export interface RecordingsRoutesOptions {
  readonly recordings: Recordings;
  readonly store: Store;
}

export const recordingsRoutes: FastifyPluginAsync<RecordingsRoutesOptions> = async (app, { recordings, store }) => {
  const list = ({ me }: Access) => ({ recordings: recordings.list(me.scope), retention: recordings.retention });
  /** The id, when this person may know of it. */
  const seen = ({ id }: { readonly id: string }, { me }: Access): string => {
    recordings.requireSeen(id, me.scope);
    return id;
  };

  handle(app, endpoints.recordings, ({ access }) => list(access));
  handle(app, endpoints.startRecording, ({ body, access, signal }) => {
    const { preRollSeconds, query } = body;
    const { where } = access.compile(query);
    const { scope } = access.me;
    if (preRollSeconds === 0) return recordings.start(body, { scope });
    const since = (Date.now() - preRollSeconds * 1000) * 1000;
    return recordings.start(body, { scope, earlier: store.scan({ where, since, signal }) });
  });
  handle(app, endpoints.stopRecording, ({ params, access }) => recordings.stop(seen(params, access)));
  handle(app, endpoints.changeRecording, ({ params, body, access }) => recordings.rename(seen(params, access), body));
  handle(app, endpoints.restoreRecording, ({ params, access }) => recordings.restore(seen(params, access)));
  handle(app, endpoints.deleteRecording, async ({ params, access }) => {
    await recordings.remove(seen(params, access));
    return list(access);
  });
  handleFile(app, endpoints.downloadRecording, async ({ params, access }) => {
    const { name, content } = await recordings.file(seen(params, access));
    return { name: `${name}.tar`, mime: 'application/x-tar', size: content.size, bytes: content.bytes() };
  });
  handleFile(app, endpoints.exportRecording, ({ params, query, access }) => {
    const { extension, mime } = exportFormats[query.format];
    const { matches } = access.compile(query.q);
    const id = seen(params, access);
    const all = recordings.entries(id);
    const matching = async function* () {
      for await (const entries of all) yield entries.filter(matches);
    };
    const name = `${recordings.get(id).name}.${extension}`;
    return { name, mime, bytes: exportEntries(query.format, matching()) };
  });
};
