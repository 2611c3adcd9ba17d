/** Records each call of an audited endpoint that was answered, with who and on what. */

import plugin from 'fastify-plugin';
import type { AuditLog } from '../audit/audit-log.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Reads a payload or changes something: goes into the audit log. */
    audited?: boolean;
  }
}

/** Access control is off: nobody has a name. */
const ANONYMOUS = 'anonymous';

export const audit = plugin<{ readonly log: AuditLog }>(
  async (app, { log }) => {
    app.addHook('onSend', async (request, reply) => {
      const { config, method, url = '' } = request.routeOptions;
      if (config.audited !== true || reply.statusCode >= 400) return;
      const [target = ''] = Object.values((request.params ?? {}) as Record<string, string>);
      const action = `${String(method)} ${url}`;
      log.record({ at: Date.now() * 1000, user: ANONYMOUS, action, target, requestId: request.id });
    });
  },
  { name: 'audit' },
);
