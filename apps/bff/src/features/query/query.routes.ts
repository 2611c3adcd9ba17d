/** Is this a query, what is wrong with it, and what does it answer? */

import { endpoints } from '@kubeshark/contract';
import type { FastifyPluginAsync } from 'fastify';
import { handle } from '../../plugins/endpoint.ts';
import { validate } from '../../query/language.ts';
import { runQuery } from '../../query/run-query.ts';

export const queryRoutes: FastifyPluginAsync = async (app) => {
  handle(app, endpoints.validate, ({ body }) => validate(body.query));
  handle(app, endpoints.run, async ({ body, access, reading, request, signal }) => {
    const query = access.compileText(body.query);
    if (query.stages.length > 0 && access.readsPayloads(query)) request.auditTarget = body.query;
    return runQuery(reading, { query, body, signal });
  });
};
