/** `/metrics` for Prometheus. */

import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { HubError } from '../../errors.ts';
import { createMetrics, type MetricsOptions } from './metrics.ts';

export interface MetricsRoutesOptions extends MetricsOptions {
  /** May this request be answered without knowing who asks? Prometheus has no name. */
  readonly isOpen: (request: FastifyRequest) => boolean;
}

export const metricsRoutes: FastifyPluginAsync<MetricsRoutesOptions> = async (app, { isOpen, ...options }) => {
  const registry = createMetrics(options);
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    // The names of all services: not for people who see only some of them.
    if (!isOpen(request) && !request.access.isUnscoped)
      throw new HubError('KS_FORBIDDEN', 'The metrics are of the whole cluster; you see a part of it.');
    reply.type(registry.contentType);
    return registry.metrics();
  });
};
