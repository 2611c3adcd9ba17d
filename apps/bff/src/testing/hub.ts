/** A whole hub for tests: the real application on the real embedded store, on a port the system chose. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Targeting } from '@kubeshark/contract';
import { openStore } from '@kubeshark/store';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import type { AccessPolicy } from '../access/identity.ts';
import { buildApp } from '../app.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { Documents } from '../documents/documents.ts';
import { Replays } from '../features/replays/replays.service.ts';
import { AgentRegistry } from '../ingest/agent-registry.ts';
import { Ingest } from '../ingest/ingest.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { LateNames, NAMELESS } from '../kubernetes/late-names.ts';
import { Naming } from '../kubernetes/naming.ts';
import { Targets } from '../kubernetes/targets.ts';
import { LiveBus } from '../live-bus/live-bus.ts';
import { OpenedFiles } from '../opened/opened-files.ts';
import { keptByAgents } from '../packets/kept-packets.ts';
import { compileFilter } from '../query/language.ts';
import { Recordings } from '../recordings/recordings.ts';
import type { Services } from '../services.ts';

export interface TestHub {
  readonly app: FastifyInstance;
  readonly services: Services;
  readonly dataDir: string;
  /** `http://127.0.0.1:12345` */
  readonly url: string;
}

export interface TestHubOptions {
  readonly agentToken?: string;
  /** Turns access control on. */
  readonly access?: AccessPolicy;
  readonly basePath?: string;
  readonly webDir?: string;
  readonly cluster?: Cluster;
}

/** Runs until the test is over. */
export async function startHub(options: TestHubOptions = {}): Promise<TestHub> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-hub-'));
  const documents = await Documents.open(directory);
  const store = await openStore({ dataDirectory: directory });
  const bus = new LiveBus();
  const { cluster } = options;
  const naming = cluster && new Naming({ names: cluster.names, settled: cluster.settled(), holdMillis: 200 });
  const onError = (error: unknown) => {
    throw error;
  };
  const late =
    naming && new LateNames({ naming, store, bus, nameless: compileFilter(NAMELESS).where, onError, pauseMillis: 100 });
  cluster?.onChange(() => late?.look());
  const ingest = new Ingest({ store, bus, naming, late });
  const agents = await AgentRegistry.open(documents);
  const audit = await AuditLog.open(directory, { onError: () => undefined });
  const opened = await OpenedFiles.at(path.join(directory, 'opened'));
  const recordings = await Recordings.open({
    directory: path.join(directory, 'recordings'),
    bus,
    ingest,
    agents,
    compile: compileFilter,
    kept: () => keptByAgents(agents),
    version: '0.0.0-test',
    retention: { days: 30, bytes: 1024 ** 3 },
    onError: () => undefined,
  });
  const replays = await Replays.open(path.join(directory, 'replays'), () => undefined);
  const targets = new Targets({ cluster, agents });
  const services: Services = {
    store,
    bus,
    ingest,
    documents,
    agents,
    audit,
    cluster,
    targets,
    recordings,
    replays,
    opened,
  };
  const app = await buildApp(services, {
    host: '127.0.0.1',
    retention: { hours: 24 * 365, bytes: 1024 ** 3 },
    agentToken: options.agentToken,
    access: options.access,
    tap: Targeting.parse({}),
    maxCapturedSize: undefined,
    basePath: options.basePath ?? '/',
    allowedHosts: [],
    trustedProxies: [],
    webDir: options.webDir ?? path.join(directory, 'no-web'),
    version: '0.0.0-test',
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    late?.close();
    await app.close();
    await replays.close();
    await recordings.close();
    await opened.closeAll();
    await audit.settle();
    await store.close();
    await rm(directory, { recursive: true });
  });
  return { app, services, dataDir: directory, url };
}
