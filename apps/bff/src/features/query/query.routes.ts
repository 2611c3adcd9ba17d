/** Is this a query, what is wrong with it, and what does it answer? */

import { endpoints } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyPluginAsync } from 'fastify';
import { handle } from '../../plugins/endpoint.ts';
import { validate } from '../../query/language.ts';
import { runQuery } from '../../query/run-query.ts';

export interface QueryRoutesOptions {
  readonly store: Store;
}

export const queryRoutes: FastifyPluginAsync<QueryRoutesOptions> = async (app, { store }) => {
  handle(app, endpoints.validate, ({ body }) => validate(body.query));
  handle(app, endpoints.run, async ({ body, access, request, signal }) => {
    const query = access.compileText(body.query);
    if (query.stages.length > 0 && access.readsPayloads(query)) request.auditTarget = body.query;
    return runQuery(store, { query, body, signal });
  });
};
