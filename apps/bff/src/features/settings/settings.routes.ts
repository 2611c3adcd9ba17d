/** Settings that an administrator may change while everything runs, and the log of who did what. */

import { endpoints } from '@kubeshark/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { AuditLog } from '../../audit/audit-log.ts';
import { handle } from '../../plugins/endpoint.ts';
import { type SettingsOptions, SettingsService } from './settings.service.ts';

export const settingsRoutes: FastifyPluginAsync<SettingsOptions & { readonly audit: AuditLog }> = async (
  app,
  options,
) => {
  const settings = await SettingsService.open(options, (error) =>
    app.log.error({ err: error }, 'cannot apply changed settings'),
  );
  handle(app, endpoints.settings, () => settings.current());
  handle(app, endpoints.changeSettings, ({ body }) => settings.change(body));
  handle(app, endpoints.audit, ({ query }) => ({ events: options.audit.list(query.limit) }));
};
