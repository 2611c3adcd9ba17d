/** Files opened beside the live traffic: uploaded, or a recording of the hub. */

import { recordingEndpoints as endpoints } from '@kubeshark/contract/recordings';
import type { FastifyPluginAsync } from 'fastify';
import type { OpenedFiles } from '../../opened/opened-files.ts';
import { handle } from '../../plugins/endpoint.ts';
import type { Recordings } from '../../recordings/recordings.ts';

export interface OpenedRoutesOptions {
  readonly opened: OpenedFiles;
  readonly recordings: Recordings;
}

export const openedRoutes: FastifyPluginAsync<OpenedRoutesOptions> = async (app, { opened, recordings }) => {
  // The body is read as it comes; what is too much for the disk shows there.
  app.addContentTypeParser('application/octet-stream', { bodyLimit: Number.MAX_SAFE_INTEGER }, (_request, body, done) =>
    done(null, body),
  );

  handle(app, endpoints.opened, ({ access }) => ({ files: opened.list(access.me.scope) }));
  handle(app, endpoints.openFile, ({ query, access, request, signal }) =>
    opened.open(request.body as AsyncIterable<Uint8Array>, { name: query.name, scope: access.me.scope, signal }),
  );
  handle(app, endpoints.openRecording, ({ params, access, signal }) => {
    const { scope } = access.me;
    recordings.requireSeen(params.id, scope);
    const { name } = recordings.get(params.id);
    return opened.fill(recordings.entries(params.id), { name, scope, signal });
  });
  handle(app, endpoints.closeFile, async ({ params, access }) => {
    await opened.close(params.id, access.me.scope);
    return { files: opened.list(access.me.scope) };
  });
};
