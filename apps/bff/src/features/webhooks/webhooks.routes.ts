/** Webhooks: alerts to addresses that somebody configured, and to nobody else. */

import { endpoints } from '@kubeshark/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { Ingest } from '../../ingest/ingest.ts';
import type { LiveBus } from '../../live-bus/live-bus.ts';
import { handle } from '../../plugins/endpoint.ts';
import { Webhooks, type WebhooksOptions } from './webhooks.service.ts';

export const webhooksRoutes: FastifyPluginAsync<
  WebhooksOptions & { readonly ingest: Ingest; readonly bus: LiveBus }
> = async (app, options) => {
  const webhooks = await Webhooks.open(options, (error) =>
    app.log.error({ err: error }, 'cannot read changed webhooks'),
  );
  options.ingest.observe((entries) => webhooks.offer(entries));
  const leave = options.bus.onCorrection((corrections, by) => {
    if (by === 'this hub') webhooks.correct(corrections);
  });
  app.addHook('onClose', async () => {
    leave();
    webhooks.stop();
  });

  handle(app, endpoints.webhooks, () => webhooks.list());
  handle(app, endpoints.importWebhooks, ({ body }) => webhooks.import(body.yaml));
  handle(app, endpoints.saveWebhook, async ({ params, body }) => {
    await webhooks.save({ ...body, name: params.name });
    return webhooks.list();
  });
  handle(app, endpoints.deleteWebhook, async ({ params }) => {
    await webhooks.delete(params.name);
    return webhooks.list();
  });
};
