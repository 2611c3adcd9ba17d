/**
 * The whole hub beside its own store: entries over the agent link, acknowledged, against `store.insert` in one process.
 * Fifty live clients read along. Everything runs in one go on one machine; the ratios are what counts.
 * `KUBESHARK_BENCH_ENTRIES=1000000 pnpm bench hub` for a million entries.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Capture } from '../apps/agent/src/capture.ts';
import { Outbox } from '../apps/agent/src/ship/outbox.ts';
import { Shipper } from '../apps/agent/src/ship/shipper.ts';
import type { Entry } from '../packages/model/src/index.ts';
import { openStore } from '../packages/store/src/index.ts';

const DEFAULT_ENTRIES = 100_000;
const BATCH = 500;
const IN_FLIGHT = 16;
const LIVE_CLIENTS = 50;
/** What may wait in the shipper before the bench lets it catch up: its memory is bounded, and losing would not be fair. */
const MAX_QUEUED = 20_000;
const START_MICROS = 1_767_607_200_000_000;

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
    dst: { ip: '10.2.0.1', port: 8080, name: `service-${n % 20}`, namespace: 'shop' },
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

async function direct(directory: string, count: number): Promise<number> {
  const store = await openStore({ dataDirectory: directory });
  const started = performance.now();
  const flying = new Set<Promise<unknown>>();
  for (let n = 0; n < count; n += BATCH) {
    const insert = store.insert(Array.from({ length: Math.min(BATCH, count - n) }, (_, at) => anEntry(n + at)));
    flying.add(insert);
    void insert.finally(() => flying.delete(insert));
    if (flying.size >= IN_FLIGHT) await Promise.race(flying);
  }
  await Promise.all(flying);
  const seconds = (performance.now() - started) / 1000;
  await store.close();
  return count / seconds;
}

async function startHub(directory: string): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(fileURLToPath(new URL('../apps/bff/src/main.ts', import.meta.url)), {
    execArgv: [],
    env: { ...process.env, KUBESHARK_PORT: '0', KUBESHARK_DATA_DIR: directory, KUBESHARK_LOG_LEVEL: 'error' },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${port}` };
}

interface Watched {
  sent: number;
  skipped: number;
  matched: number;
}

/** Live clients with a filter each; their last counts. */
function watch(url: string): readonly Watched[] {
  return Array.from({ length: LIVE_CLIENTS }, (_, n) => {
    const counts: Watched = { sent: 0, skipped: 0, matched: 0 };
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`);
    socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', query: `dst.name == "service-${n % 20}"` }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as { counts?: Watched };
      if (message.counts !== undefined) Object.assign(counts, message.counts);
    };
    return counts;
  });
}

async function throughHub(url: string, options: { spool: string; count: number }): Promise<number> {
  const outbox = await Outbox.open(options.spool, randomUUID());
  const shipper = new Shipper({
    hubUrl: url,
    hello: { version: 'bench', node: 'node-1', instance: outbox.instance, source: { kind: 'live', name: 'bench' } },
    outbox,
    health: () => ({ state: 'running', notes: [], counters: Capture.noCounters }),
    onConfig: () => undefined,
    log: { info: () => undefined, warn: (message) => console.error(message) },
  });
  await shipper.agentNumber;
  const started = performance.now();
  for (let n = 0; n < options.count; n++) {
    shipper.offer(anEntry(n));
    while (n % BATCH === 0 && outbox.counts.queued > MAX_QUEUED) await setImmediate();
  }
  await shipper.drain(AbortSignal.timeout(600_000));
  const seconds = (performance.now() - started) / 1000;
  await shipper.close();
  if (outbox.counts.lost > 0) throw new Error(`${outbox.counts.lost} entries were lost`);
  return options.count / seconds;
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function residentMegabytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

export async function hub(): Promise<void> {
  const count = Number(process.env['KUBESHARK_BENCH_ENTRIES'] ?? DEFAULT_ENTRIES);
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-bench-'));
  try {
    const alone = await direct(path.join(directory, 'direct'), count);
    const { child, url } = await startHub(path.join(directory, 'hub'));
    const watched = watch(url);
    // Reading it also begins it anew: loading modules is not what is measured.
    await metric(url, 'nodejs_eventloop_lag_p99_seconds');
    const whole = await throughHub(url, { spool: path.join(directory, 'spool'), count });
    const lag = (await metric(url, 'nodejs_eventloop_lag_p99_seconds')) * 1000;
    const sum = (name: keyof Watched) => watched.reduce((total, counts) => total + counts[name], 0);
    console.log(
      `hub: ${count} entries of ${JSON.stringify(anEntry(1)).length} bytes as JSON, ${LIVE_CLIENTS} live clients`,
    );
    console.log(`  store.insert alone       ${alone.toFixed(0)} entries/s`);
    console.log(`  through the whole hub    ${whole.toFixed(0)} entries/s, ${(whole / alone).toFixed(2)}× of it`);
    console.log(
      `  hub's event loop p99     ${lag.toFixed(1)} ms, memory ${(await residentMegabytes(child)).toFixed(0)} MB`,
    );
    console.log(
      `  live rows                ${sum('sent')} sent, ${sum('skipped')} skipped of ${sum('matched')} matched`,
    );
    child.kill('SIGTERM');
    await once(child, 'exit');
  } finally {
    await rm(directory, { recursive: true });
  }
}
