/** Replays from the hub: started from a recording, watched, stopped, their reports read. */

import { recordingEndpoints as endpoints } from '@kubeshark/contract/recordings';
import { htmlReport, junitReport, type ReplayReport } from '@kubeshark/replay';
import type { FastifyPluginAsync } from 'fastify';
import { handle, handleFile } from '../../plugins/endpoint.ts';
import type { Recordings } from '../../recordings/recordings.ts';
import type { Filter } from '../../services.ts';
import type { Replays } from './replays.service.ts';

export interface ReplaysRoutesOptions {
  readonly recordings: Recordings;
  readonly compile: (query: string) => Filter;
  readonly replays: Replays;
}

const reports = {
  html: { mime: 'text/html; charset=utf-8', text: htmlReport },
  xml: { mime: 'application/xml', text: junitReport },
  json: { mime: 'application/json', text: (report: ReplayReport) => JSON.stringify(report, null, 2) },
} as const;

export const replaysRoutes: FastifyPluginAsync<ReplaysRoutesOptions> = async (
  app,
  { recordings, compile, replays },
) => {
  handle(app, endpoints.replays, ({ access }) => ({ replays: replays.list(access.me.scope) }));
  handle(app, endpoints.replay, ({ params, access }) => replays.get(params.id, access.me.scope));
  handle(app, endpoints.stopReplay, ({ params, access }) => replays.stop(params.id, access.me.scope));
  handle(app, endpoints.outlineReplay, ({ params, body, access }) => {
    recordings.requireSeen(params.id, access.me.scope);
    const { matches: filter } = compile(body.filter);
    return replays.outline(body, { entries: recordings.entries(params.id), filter });
  });
  handle(app, endpoints.startReplay, ({ params, body, access }) => {
    const { scope } = access.me;
    recordings.requireSeen(params.id, scope);
    const { name } = recordings.get(params.id);
    const { matches: filter } = compile(body.filter);
    return replays.start(body, { recording: name, scope, entries: recordings.entries(params.id), filter });
  });
  handleFile(app, endpoints.replayReport, ({ params, query, access }) => {
    const { mime, text } = reports[query.format];
    const report = replays.report(params.id, access.me.scope);
    const bytes = async function* () {
      yield Buffer.from(text(report));
    };
    return { name: `replay of ${report.recording}.${query.format}`, mime, bytes: bytes() };
  });
};
