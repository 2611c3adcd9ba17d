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
  const settings = await SettingsService.open(options, {
    error: (error) => app.log.error({ err: error }, 'cannot apply changed settings'),
    overruled: (lost) => {
      app.log.warn(
        { settings: lost },
        'the installation has other values now than when these were saved: they are used',
      );
      for (const { name, saved, now } of lost)
        options.audit.record({
          at: Date.now() * 1000,
          user: 'installation',
          action: 'changed settings',
          target: `${name}: ${saved} → ${now}`,
          // Nobody asked for it: it is so since the hub started.
          requestId: '',
        });
    },
  });
  handle(app, endpoints.settings, () => settings.current());
  handle(app, endpoints.changeSettings, ({ body }) => settings.change(body));
  handle(app, endpoints.audit, async ({ query }) => ({ events: await options.audit.list(query.limit) }));
};
