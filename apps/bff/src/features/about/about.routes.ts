/** Who the hub is, who you are to it, and whether it is alive and ready. */

import { endpoints, LINK_VERSION, type VersionInfo } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import { handle } from '../../plugins/endpoint.ts';

export interface AboutRoutesOptions {
  readonly version: string;
  readonly store: Store;
}

export const aboutRoutes: FastifyPluginAsync<AboutRoutesOptions> = async (app, { version, store }) => {
  const about: VersionInfo = { name: 'kubeshark', version, apiVersion: 1, linkVersion: LINK_VERSION };
  handle(app, endpoints.version, () => about);

  handle(app, endpoints.me, ({ access }) => access.me);

  /** The process answers: restarting it would not help. */
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));

  /** It can do its work: the store answers. */
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    try {
      await store.stats();
      return { status: 'ok' };
    } catch (error) {
      return reply
        .status(503)
        .send({ status: 'store', reason: error instanceof Error ? error.message : String(error) });
    }
  });
};
