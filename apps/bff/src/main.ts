/** The hub as a process: settings from the environment, real services, one port, a graceful end. */

import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { openStore, StoreError, type StoreOptions } from '@kubeshark/store';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { readPolicy } from './access/read-policy.ts';
import { buildApp } from './app.ts';
import { AuditLog } from './audit/audit-log.ts';
import { type Config, readConfig } from './config.ts';
import { Documents } from './documents/documents.ts';
import { Replays } from './features/replays/replays.service.ts';
import { limitsOf } from './features/settings/settings.service.ts';
import { shareAmended } from './hubs/amended.ts';
import { follow } from './hubs/follow.ts';
import { Notices } from './hubs/notices.ts';
import { OtherHubs } from './hubs/other-hubs.ts';
import { AgentRegistry } from './ingest/agent-registry.ts';
import { Ingest } from './ingest/ingest.ts';
import { ApiServer } from './kubernetes/api-server.ts';
import { Cluster } from './kubernetes/cluster.ts';
import { LateNames, NAMELESS } from './kubernetes/late-names.ts';
import { Naming } from './kubernetes/naming.ts';
import { SharedLog } from './kubernetes/sighting-log.ts';
import { Targets } from './kubernetes/targets.ts';
import { LiveBus } from './live-bus/live-bus.ts';
import { OpenedFiles } from './opened/opened-files.ts';
import { keptByAgents } from './packets/kept-packets.ts';
import { compileFilter } from './query/language.ts';
import { Recordings } from './recordings/recordings.ts';
import { keepRecording } from './recordings/standing-recording.ts';

/** After this a shutdown no longer waits for the store; agents keep what was not acknowledged. */
const SHUTDOWN_MILLIS = 10_000;

/** Addresses that only this machine reaches. */
const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

// What the machine's process list, and our own map of it, call this.
process.title = 'kubeshark-hub';

// V8 may guess from a busy moment that entries live long. It makes them in the old generation then, where they keep what they
// point to until all of it is looked at: collecting the young one of 100,000 entries took 0.16 to 0.5 s, without guesses 0.2 s.
setFlagsFromString('--no-allocation-site-pretenuring');

/** One clear line on stderr and the exit code of docs/cli.md. */
function refuse(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

const settings = readConfig(process.env);
if ('faults' in settings) refuse(`Bad setting. ${settings.faults.join('; ')}`, 2);
const config: Config = settings;
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
// Logs go to stderr: stdout belongs to whoever started the hub.
const log = pino({ name: 'hub', level: config.logLevel }, pino.destination({ dest: 2, sync: true }));

/**
 * Makes the data directory, one level at a time: Node's own recursive `mkdir` never returns below a directory that takes
 * no entries, such as /proc.
 */
async function makeDirectory(directory: string): Promise<void> {
  if (existsSync(directory)) return;
  await makeDirectory(path.dirname(directory));
  await mkdir(directory);
}

/** Several hubs may run on one machine. */
const hubName = `${hostname()}-${process.pid}`;

function storeOptions(): StoreOptions {
  const retention = limitsOf(config.retention);
  const { durable, clickhouse } = config;
  if (clickhouse.urls.length > 0) return { ...clickhouse, durable, hub: hubName, retention };
  return { dataDirectory: config.dataDir, durable, retention };
}

/** A cluster that cannot be asked takes the names away, and nothing else. */
async function connectCluster(): Promise<Cluster | undefined> {
  if (config.kubernetes === undefined) return undefined;
  try {
    const { server, ...more } = config.kubernetes;
    return new Cluster({ server: await ApiServer.connect(server), ...more });
  } catch (error) {
    log.warn({ err: error }, 'pods and services have no names: the API server cannot be asked');
    return undefined;
  }
}

async function openServices() {
  try {
    await makeDirectory(path.resolve(config.dataDir));
    const store = await openStore(storeOptions());
    const { shared } = store;
    const documents = shared === undefined ? await Documents.open(config.dataDir) : Documents.on(shared.texts);
    const bus = new LiveBus();
    const cluster = await connectCluster();
    const agents = await AgentRegistry.open(documents);
    const onNotice = (error: unknown) => log.warn({ err: error }, 'cannot tell the other hubs, or hear them');
    const notices = shared && new Notices({ shared: shared.notices, hub: hubName, onError: onNotice });
    const naming =
      cluster &&
      new Naming({
        names: cluster.names,
        settled: cluster.settled(),
        log: notices && new SharedLog({ notices, onError: onNotice }),
        clockAhead: (node) => agents.clockAhead(node),
      });
    const onAmended = notices && shareAmended({ notices, store, bus, onError: onNotice });
    const onLate = (error: unknown) =>
      log.warn({ err: error }, 'entries that came before their pod was known keep no name yet');
    const { where: nameless } = compileFilter(NAMELESS);
    const late = naming && new LateNames({ naming, store, bus, nameless, onError: onLate, onAmended });
    void cluster?.settled().then(() => late?.recall());
    cluster?.onChange(() => late?.look());
    const ingest = new Ingest({ store, bus, naming, late });
    const targets = new Targets({ cluster, agents });
    const onError = (error: unknown) => log.error({ err: error }, 'cannot write the audit log');
    const audit = await AuditLog.open(config.dataDir, { onError, shared: shared?.events });
    const others = shared && new OtherHubs({ reports: shared.reports, agents, ingest });
    agents.lookElsewhere(() => others?.agents ?? []);
    const opened = await OpenedFiles.at(path.join(config.dataDir, 'opened'));
    const recordings = await Recordings.open({
      directory: path.join(config.dataDir, 'recordings'),
      bus,
      ingest,
      agents,
      compile: compileFilter,
      kept: () => keptByAgents(agents),
      version,
      retention: config.recordings,
      onError: (cause, id) => log.error({ err: cause, recording: id }, 'a recording is in trouble'),
    });
    const replays = await Replays.open(path.join(config.dataDir, 'replays'), (cause) =>
      log.error({ err: cause }, 'the report of a replay cannot be kept'),
    );
    return {
      documents,
      store,
      bus,
      ingest,
      agents,
      audit,
      others,
      notices,
      cluster,
      late,
      targets,
      recordings,
      replays,
      opened,
    };
  } catch (error) {
    if (error instanceof StoreError || isSystemError(error)) return refuse(whyNotOpen(error), 4);
    throw error;
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error;

function whyNotOpen(error: StoreError | NodeJS.ErrnoException): string {
  const place = `The data directory ${config.dataDir}`;
  if (error.code === 'locked')
    return `${place} is in use by another Kubeshark. Stop it or choose another with --data-dir.`;
  if (error.code === 'newer-schema')
    return `${place} was written by a newer Kubeshark. Run that one, or choose another with --data-dir.`;
  return `${place} cannot be used: ${error.message}. Choose another with --data-dir.`;
}

async function listen(app: FastifyInstance): Promise<number> {
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    await app.close();
    if (code === 'EADDRINUSE') refuse(`Port ${config.port} is taken. Choose another with --port.`, 3);
    if (code === 'EACCES')
      refuse(`Port ${config.port} may not be opened by this user. Choose one above 1023 with --port.`, 3);
    if (code === 'EADDRNOTAVAIL') refuse(`This machine has no address ${config.host}. Choose another with --host.`, 3);
    throw error;
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : config.port;
}

const policy = await readPolicy(config);
if (policy !== undefined && 'fault' in policy) refuse(`Bad access rules. ${policy.fault}`, 2);
if (policy !== undefined && config.trustedProxies.length === 0)
  log.warn('access control is on and KUBESHARK_TRUSTED_PROXIES is empty: nobody can sign in');

const services = await openServices();
const app = await buildApp(services, { ...config, version, access: policy }, log);
const following = new AbortController();
const onRecordError = (error: unknown) => log.error({ err: error }, 'everything is to be recorded, and is not');
const endStanding = config.record
  ? keepRecording({ recordings: services.recordings, bytes: config.recordings.bytes, onError: onRecordError })
  : undefined;
app.addHook('onClose', async () => {
  following.abort();
  endStanding?.();
  services.cluster?.close();
  services.late?.close();
  await services.replays.close();
  await services.recordings.close();
  await services.opened.closeAll();
  await services.audit.settle();
  await services.store.close();
});
// Nobody else can have an embedded store open.
if (services.store.shared !== undefined) {
  const { store, bus, ingest, documents, others, notices } = services;
  const { signal } = following;
  const onError = (error: unknown) => {
    if (!signal.aborted) log.warn({ err: error }, 'cannot follow the other hubs');
  };
  void follow({ tail: store.tail(), bus, onSkipped: (count) => ingest.noteNotShownLive(count), onError, signal });
  void documents.follow(signal, onError);
  void others?.run(signal, onError);
  void notices?.run(signal);
}

let isStopping = false;
function stop(signal: string): void {
  if (isStopping) return;
  isStopping = true;
  log.info({ signal }, 'stopping');
  setTimeout(() => process.exit(1), SHUTDOWN_MILLIS).unref();
  app.close().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: error }, 'stopped badly');
      process.exit(1);
    },
  );
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(signal));
// Started by `kubeshark serve`: without it nobody would stop the hub.
if (process.send !== undefined) process.on('disconnect', () => stop('disconnect'));

if (config.agentToken === undefined && !loopback.has(config.host))
  log.warn('KUBESHARK_AGENT_TOKEN is not set: the hub believes any agent that reaches its port');

const port = await listen(app);
services.targets.listening(port);
log.info({ port, host: config.host, dataDir: config.dataDir }, 'ready');
process.send?.({ type: 'ready', port });
