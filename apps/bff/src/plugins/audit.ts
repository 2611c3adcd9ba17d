/** Records each call of an audited endpoint that was answered, with who and on what. */

import plugin from 'fastify-plugin';
import type { AuditLog } from '../audit/audit-log.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Reads a payload or changes something: goes into the audit log. */
    audited?: boolean;
  }
  interface FastifyRequest {
    /** Set by a handler whose answer shows payloads this time: what it was asked for. */
    auditTarget?: string;
  }
}

export const audit = plugin<{ readonly log: AuditLog }>(
  async (app, { log }) => {
    app.addHook('onSend', async (request, reply) => {
      const { config, method, url = '' } = request.routeOptions;
      const { auditTarget } = request;
      if ((config.audited !== true && auditTarget === undefined) || reply.statusCode >= 400) return;
      const [parameter = ''] = Object.values((request.params ?? {}) as Record<string, string>);
      const target = auditTarget ?? parameter;
      const action = `${String(method)} ${url}`;
      log.record({ at: Date.now() * 1000, user: request.access.me.user, action, target, requestId: request.id });
    });
  },
  { name: 'audit', dependencies: ['access'] },
);
