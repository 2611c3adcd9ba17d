/** Saved queries, as the guide's queries.yaml has them. */

import { endpoints } from '@kubeshark/contract';
import type { FastifyPluginAsync } from 'fastify';
import { handle } from '../../plugins/endpoint.ts';
import { SavedQueries, type SavedQueriesOptions } from './queries.service.ts';

export const queriesRoutes: FastifyPluginAsync<SavedQueriesOptions> = async (app, options) => {
  const saved = new SavedQueries(options);
  handle(app, endpoints.savedQueries, async () => ({ queries: await saved.list() }));
  handle(app, endpoints.exportQueries, async () => ({ yaml: await saved.export() }));
  handle(app, endpoints.importQueries, ({ body }) => saved.import(body.yaml));
  handle(app, endpoints.saveQuery, ({ params, body }) => saved.save({ ...body, id: params.id }));
  handle(app, endpoints.deleteQuery, async ({ params }) => {
    await saved.delete(params.id);
    return { queries: await saved.list() };
  });
};
