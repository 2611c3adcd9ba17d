/** Is this a query, and what is wrong with it? */

import { endpoints } from '@kubeshark/contract';
import type { FastifyPluginAsync } from 'fastify';
import { handle } from '../../plugins/endpoint.ts';
import { validate } from '../../query/language.ts';

export const queryRoutes: FastifyPluginAsync = async (app) => {
  handle(app, endpoints.validate, ({ body }) => validate(body.query));
};
