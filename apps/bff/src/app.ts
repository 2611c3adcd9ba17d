/** Builds the server from its services; binds nothing and starts nothing by itself. One screen shows every part. */

import { randomUUID } from 'node:crypto';
import websocket from '@fastify/websocket';
import { MAX_FRAME_BYTES } from '@kubeshark/contract';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { AccessPolicy } from './access/identity.ts';
import type { Config } from './config.ts';
import { aboutRoutes } from './features/about/about.routes.ts';
import { clusterRoutes } from './features/cluster/cluster.routes.ts';
import { entriesRoutes } from './features/entries/entries.routes.ts';
import { exportRoutes } from './features/export/export.routes.ts';
import { healthRoutes } from './features/health/health.routes.ts';
import { ingestRoutes } from './features/ingest/ingest.routes.ts';
import { liveRoutes } from './features/live/live.routes.ts';
import { metricsRoutes } from './features/metrics/metrics.routes.ts';
import { openedRoutes } from './features/opened/opened.routes.ts';
import { queriesRoutes } from './features/queries/queries.routes.ts';
import { queryRoutes } from './features/query/query.routes.ts';
import { recordingsRoutes } from './features/recordings/recordings.routes.ts';
import { replaysRoutes } from './features/replays/replays.routes.ts';
import { settingsRoutes } from './features/settings/settings.routes.ts';
import { statsRoutes } from './features/stats/stats.routes.ts';
import { webhooksRoutes } from './features/webhooks/webhooks.routes.ts';
import { access } from './plugins/access.ts';
import { apiReference } from './plugins/api-reference.ts';
import { audit } from './plugins/audit.ts';
import { problem } from './plugins/problem.ts';
import { reading } from './plugins/reading.ts';
import { security } from './plugins/security.ts';
import { web } from './plugins/web.ts';
import { compileFilter } from './query/language.ts';
import type { Services } from './services.ts';

/** A settings file or an import of queries; captures come over their own route. */
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** The address within the hub: a proxy may pass the path on with what it serves the hub under, or without. */
function withoutBase(url: string, basePath: string): string {
  if (basePath === '/' || !url.startsWith(basePath.slice(0, -1))) return url;
  const rest = url.slice(basePath.length - 1);
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest.startsWith('/') ? rest : url;
}

export async function buildApp(
  services: Services,
  config: Pick<
    Config,
    | 'host'
    | 'retention'
    | 'agentToken'
    | 'allowedHosts'
    | 'trustedProxies'
    | 'webDir'
    | 'basePath'
    | 'tap'
    | 'maxCapturedSize'
  > & {
    readonly version: string;
    /** Who may do what; undefined means everybody everything. */
    readonly access?: AccessPolicy | undefined;
  },
  logger?: FastifyBaseLogger,
): Promise<FastifyInstance> {
  const {
    store,
    bus,
    ingest,
    agents,
    documents,
    audit: log,
    others,
    cluster,
    targets,
    recordings,
    replays,
    opened,
  } = services;
  const { access: policy, basePath } = config;
  const app: FastifyInstance = fastify({
    ...(logger && { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    rewriteUrl: ({ url = '/' }) => withoutBase(url, basePath),
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    return503OnClosing: true,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  await app.register(problem);
  await app.register(security, { allowedHosts: config.allowedHosts, loopbackOnly: loopback.has(config.host) });
  await app.register(websocket, { options: { maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false } });
  await app.register(access, { policy });
  await app.register(reading, { store, opened });
  await app.register(audit, { log });
  await app.register(web, { directory: config.webDir, basePath });

  await app.register(apiReference, { version: config.version });

  await app.register(aboutRoutes, { version: config.version, store });
  await app.register(ingestRoutes, { agents, ingest, token: config.agentToken });
  await app.register(liveRoutes, { bus });
  await app.register(queryRoutes);
  await app.register(exportRoutes, { store, agents });
  await app.register(recordingsRoutes, { recordings, store, agents });
  await app.register(replaysRoutes, { recordings, replays, compile: compileFilter });
  await app.register(openedRoutes, { opened, recordings });
  await app.register(statsRoutes, { store, cluster });
  await app.register(queriesRoutes, { documents, compile: compileFilter });
  await app.register(webhooksRoutes, { documents, ingest, bus, compile: compileFilter });
  const { retention, tap, maxCapturedSize } = config;
  const initial = {
    retention,
    redaction: { defaults: true, rules: [] },
    tap,
    ...(maxCapturedSize !== undefined && { maxCapturedSize }),
  };
  await app.register(settingsRoutes, { documents, store, agents, targets, audit: log, initial });
  await app.register(clusterRoutes, { cluster, targets });
  await app.register(healthRoutes, { store, agents, ingest, others, cluster, targets });
  const isOpen = ({ raw }: FastifyRequest) =>
    policy === undefined || (policy.rules.metrics === 'open' && !policy.proxies.has(raw.socket.remoteAddress));
  await app.register(metricsRoutes, { store, agents, ingest, isOpen });
  await app.register(entriesRoutes, { store, bus });
  return app;
}
