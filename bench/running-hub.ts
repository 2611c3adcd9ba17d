/** A hub as a process of its own, with an agent that fills it and live clients that read along: what benchmarks share. */

import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Capture } from '../apps/agent/src/capture.ts';
import { nobody } from '../apps/agent/src/enrich/process.ts';
import { createRules } from '../apps/agent/src/redact/rules.ts';
import { Outbox } from '../apps/agent/src/ship/outbox.ts';
import { Shipper } from '../apps/agent/src/ship/shipper.ts';
import { RedactionSettings } from '../packages/contract/src/index.ts';
import type { Entry } from '../packages/model/src/index.ts';

const START_MICROS = 1_767_607_200_000_000;
export const SERVICES = 20;
/** Entries between two looks at the queue. */
const BATCH = 500;
/** What may wait in the shipper before it is let to catch up: its memory is bounded, and losing would not be fair. */
const MAX_QUEUED = 10_000;
const ENDING_MILLIS = 600_000;

/** A call of about 900 bytes of JSON; one in a hundred failed. */
function anEntry(n: number): Entry {
  const status = n % 100 === 0 ? 503 : 200;
  const text = JSON.stringify({
    id: n,
    items: Array.from({ length: 12 }, (_, item) => ({ sku: (n * 31 + item * 7919) % 1e6 })),
  });
  return {
    id: String((BigInt(START_MICROS + n * 1000) << 12n) | 1n),
    timestamp: START_MICROS + n * 1000,
    node: 'node-1',
    protocol: 'http',
    protocols: ['http'],
    src: { ip: `10.1.0.${n % 200}`, port: 30_000 + (n % 30_000), name: 'web', namespace: 'shop' },
    dst: { ip: '10.2.0.1', port: 8080, name: `service-${n % SERVICES}`, namespace: 'shop' },
    request: {
      size: 420,
      method: 'GET',
      path: `/api/items/${n}`,
      headers: { Host: 'items', Accept: 'application/json' },
    },
    response: { size: 900, status, latency: n % 90, body: { size: text.length, mime: 'application/json', text } },
    method: 'GET',
    endpoint: 'GET /api/items/{id}',
    summary: `GET /api/items/${n}`,
    status,
    error: status >= 500,
    latency: n % 90,
    connection: { id: `tcp ${n % 500}`, transport: 'tcp', index: 0 },
    capture: { source: 'file' },
  };
}

export interface RunningHub {
  readonly child: ChildProcess;
  readonly url: string;
  readonly directory: string;
}

/** Starts a hub that keeps its data in `directory`; a long run stays within what retention allows. */
export async function startHub(directory: string): Promise<RunningHub> {
  const child = fork(fileURLToPath(new URL('../apps/bff/src/main.ts', import.meta.url)), {
    execArgv: [],
    env: { ...process.env, KUBESHARK_PORT: '0', KUBESHARK_DATA_DIR: directory, KUBESHARK_LOG_LEVEL: 'error' },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${port}`, directory };
}

export async function stopHub({ child }: RunningHub): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** What one live client was told last. */
export interface Watched {
  seen: number;
  sent: number;
  skipped: number;
  matched: number;
}

/** Live clients with filters of their own. */
export async function watch(
  { url }: RunningHub,
  clients: number,
  queryOf = (n: number) => `dst.name == "service-${n % SERVICES}" and latency != ${n}`,
): Promise<readonly Watched[]> {
  return Promise.all(
    Array.from({ length: clients }, async (_, n) => {
      const counts: Watched = { seen: 0, sent: 0, skipped: 0, matched: 0 };
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`);
      const begun = Promise.withResolvers<void>();
      socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', query: queryOf(n) }));
      socket.onmessage = ({ data }) => {
        begun.resolve();
        // The counts come last; parsing all rows fifty times over would measure this process, not the hub.
        const at = String(data).lastIndexOf('"counts":');
        if (at >= 0) Object.assign(counts, JSON.parse(String(data).slice(at + '"counts":'.length, -1)));
      };
      await begun.promise;
      return counts;
    }),
  );
}

export interface Shipped {
  readonly offered: number;
  readonly lost: number;
  readonly seconds: number;
}

export interface ShipOptions {
  readonly spool: string;
  readonly goesOn: (offered: number) => boolean;
  /** Default: `anEntry`. */
  readonly entryAt?: (n: number) => Entry;
  /** How many may have been offered by now; without it as many as the hub takes. */
  readonly due?: () => number;
}

/** Ships entries as fast as the hub acknowledges them, for as long as `goesOn`; then waits until all are stored. */
export async function ship(
  { url }: RunningHub,
  { spool, goesOn, entryAt = anEntry, due = () => Number.POSITIVE_INFINITY }: ShipOptions,
): Promise<Shipped> {
  const outbox = await Outbox.open(spool, randomUUID());
  const shipper = new Shipper({
    hubUrl: url,
    hello: { version: 'bench', node: 'node-1', instance: outbox.instance, source: { kind: 'live', name: 'bench' } },
    outbox,
    rules: createRules(RedactionSettings.parse({})).rules,
    health: () => ({ state: 'running', notes: [], counters: Capture.noCounters }),
    onConfig: () => undefined,
    log: { info: () => undefined, warn: (message) => console.error(message) },
  });
  await shipper.agentNumber;
  const started = performance.now();
  let offered = 0;
  while (goesOn(offered)) {
    for (let n = 0; n < BATCH; n++) shipper.offer(Buffer.from(JSON.stringify(entryAt(offered++))), nobody);
    do await setTimeout(0);
    while (outbox.counts.queued > MAX_QUEUED || offered > due());
  }
  await shipper.drain(AbortSignal.timeout(ENDING_MILLIS));
  const seconds = (performance.now() - started) / 1000;
  const { lost } = outbox.counts;
  await shipper.close();
  return { offered, lost, seconds };
}

/** A number of `/metrics`. Reading an event loop's lag also begins it anew. */
export async function metric({ url }: RunningHub, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

/** The process of the hub's engine, by the file that ClickHouse keeps for it. */
export async function engineOf({ directory }: RunningHub): Promise<number> {
  return Number(/PID: (\d+)/.exec(await readFile(path.join(directory, 'data', 'status'), 'utf8'))?.[1]);
}

export async function residentMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** CPU seconds that a process has used: fields 14 and 15 of proc(5), in ticks of 10 ms. */
export async function cpuSeconds(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
