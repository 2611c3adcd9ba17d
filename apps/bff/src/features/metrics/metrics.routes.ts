/** `/metrics` for Prometheus. */

import type { FastifyPluginAsync } from 'fastify';
import { createMetrics, type MetricsOptions } from './metrics.ts';

export const metricsRoutes: FastifyPluginAsync<MetricsOptions> = async (app, options) => {
  const registry = createMetrics(options);
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
};
