/**
 * The hub at the highest rate it acknowledges, with live clients and queries beside: is its memory flat, does its event
 * loop stay free, and is every entry accounted for? `KUBESHARK_BENCH_SECONDS=600 pnpm bench soak` for ten minutes;
 * `KUBESHARK_BENCH_CLIENTS=200` for more clients than fifty, `KUBESHARK_BENCH_RATE=5000` for fewer entries a second.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  cpuSeconds,
  engineOf,
  metric,
  type RunningHub,
  residentMegabytes,
  SERVICES,
  ship,
  startHub,
  stopHub,
  watch,
} from './running-hub.ts';

const DEFAULT_SECONDS = 60;
const DEFAULT_CLIENTS = 50;
const SAMPLE_MILLIS = 5_000;
/** Between two questions: what a few people with dashboards open ask together. */
const QUESTION_PAUSE_MILLIS = 200;
/** What ran hot at first is not what is looked at: memory is compared after this part of the run. */
const WARM_UP = 0.2;

interface Sample {
  readonly hub: number;
  readonly engine: number;
  readonly lagP99: number;
  /** The same of a process that does nothing. */
  readonly idleP99: number;
  readonly received: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const of = (samples: readonly Sample[], name: keyof Sample) => samples.map((sample) => sample[name]);

async function sample(hub: RunningHub, enginePid: number, idle: ChildProcess): Promise<Sample> {
  idle.send('p99');
  const [idleP99] = (await once(idle, 'message')) as [number];
  const { ingest } = (await (await fetch(`${hub.url}/api/health/capture`)).json()) as { ingest: { received: number } };
  return {
    hub: await residentMegabytes(hub.child.pid),
    engine: await residentMegabytes(enginePid),
    lagP99: (await metric(hub, 'nodejs_eventloop_lag_p99_seconds')) * 1000,
    idleP99,
    received: ingest.received,
  };
}

const questions = [
  '/api/entries?limit=100',
  '/api/entries?limit=100&q=response.status%20%3E%3D%20500',
  '/api/entries?limit=100&q=request.path%20contains%20%22%2F77777%22',
  '/api/histogram?buckets=60',
  `/api/stats/series?by=dst.name&limit=${SERVICES}`,
  '/api/map',
  '/api/health/capture',
];

/** Asks one question after the other until it is told to stop; how long each took, and how many were not answered. */
async function ask({ url }: RunningHub, signal: AbortSignal): Promise<{ millis: number[]; failed: number }> {
  const millis: number[] = [];
  let failed = 0;
  for (let n = 0; !signal.aborted; n++) {
    const started = performance.now();
    const answer = await fetch(`${url}${questions[n % questions.length]}`);
    await answer.arrayBuffer();
    millis.push(performance.now() - started);
    if (!answer.ok) failed += 1;
    await setTimeout(QUESTION_PAUSE_MILLIS);
  }
  return { millis, failed };
}

async function keepSampling(hub: RunningHub, enginePid: number, signal: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const idle = fork(fileURLToPath(new URL('./idle-pass.ts', import.meta.url)), { execArgv: [] });
  await metric(hub, 'nodejs_eventloop_lag_p99_seconds');
  while (!signal.aborted) {
    await setTimeout(SAMPLE_MILLIS, undefined, { signal }).catch(() => undefined);
    samples.push(await sample(hub, enginePid, idle));
  }
  idle.disconnect();
  return samples;
}

export async function soak(): Promise<void> {
  const seconds = Number(process.env['KUBESHARK_BENCH_SECONDS'] ?? DEFAULT_SECONDS);
  const clients = Number(process.env['KUBESHARK_BENCH_CLIENTS'] ?? DEFAULT_CLIENTS);
  const rate = Number(process.env['KUBESHARK_BENCH_RATE'] ?? Number.POSITIVE_INFINITY);
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-soak-'));
  const hub = await startHub(path.join(directory, 'hub'));
  try {
    const enginePid = await engineOf(hub);
    const watched = await watch(hub, clients);
    const over = new AbortController();
    const sampling = keepSampling(hub, enginePid, over.signal);
    const asking = ask(hub, over.signal);
    const until = performance.now() + seconds * 1000;
    const started = performance.now();
    const shipped = await ship(hub, {
      spool: path.join(directory, 'spool'),
      goesOn: () => performance.now() < until,
      due: () => ((performance.now() - started) / 1000) * rate,
    });
    over.abort();
    const [samples, asked] = await Promise.all([sampling, asking]);
    await caughtUp(watched);
    await report(hub, { clients, shipped, samples, asked, watched, enginePid });
  } finally {
    await stopHub(hub);
    await rm(directory, { recursive: true });
  }
}

/** Waits until every row that matched was sent or skipped. */
async function caughtUp(watched: Awaited<ReturnType<typeof watch>>): Promise<void> {
  let before = -1;
  for (;;) {
    await setTimeout(1_500);
    const sum = watched.reduce((total, { seen, sent, skipped }) => total + seen + sent + skipped, 0);
    if (sum === before) return;
    before = sum;
  }
}

interface Outcome {
  readonly clients: number;
  readonly shipped: Awaited<ReturnType<typeof ship>>;
  readonly samples: readonly Sample[];
  readonly asked: Awaited<ReturnType<typeof ask>>;
  readonly watched: Awaited<ReturnType<typeof watch>>;
  readonly enginePid: number;
}

async function report(
  hub: RunningHub,
  { clients, shipped, samples, asked, watched, enginePid }: Outcome,
): Promise<void> {
  const { offered, lost, seconds } = shipped;
  const { ingest, store } = (await (await fetch(`${hub.url}/api/health/capture`)).json()) as {
    ingest: { received: number; stored: number; duplicates: number; refused: Record<string, number> };
    store: { entries: number; retired: number; bytes: number };
  };
  const refused = Object.values(ingest.refused).reduce((sum, count) => sum + count, 0);
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const [early, late] = [warm.slice(0, warm.length / 2), warm.slice(warm.length / 2)];
  const growth = (name: 'hub' | 'engine') =>
    `${median(of(early, name)).toFixed(0)} → ${median(of(late, name)).toFixed(0)} MB (most ${Math.max(...of(samples, name)).toFixed(0)})`;
  const lags = of(samples, 'lagP99');
  const idleLags = of(samples, 'idleP99');
  const sum = (name: 'sent' | 'skipped' | 'matched') => watched.reduce((total, counts) => total + counts[name], 0);
  const unseen = watched.filter(({ seen }) => seen !== offered).length;
  const cpu = (await cpuSeconds(hub.child.pid)) + (await cpuSeconds(enginePid));
  console.log(
    `soak: ${seconds.toFixed(0)} s, ${offered} entries, ${(offered / seconds).toFixed(0)} entries/s, ${clients} live clients`,
  );
  console.log(`  memory of the hub        ${growth('hub')}`);
  console.log(`  memory of the engine     ${growth('engine')}`);
  console.log(`  CPU of hub and engine    ${((cpu * 1e6) / offered).toFixed(0)} µs an entry`);
  console.log(
    `  event loop p99           ${median(lags).toFixed(1)} ms median of ${lags.length} samples, worst ${Math.max(...lags).toFixed(1)} ms; of an idle process ${median(idleLags).toFixed(1)} and ${Math.max(...idleLags).toFixed(1)} ms`,
  );
  console.log(
    `  queries                  ${asked.millis.length} asked, ${asked.failed} failed, median ${median(asked.millis).toFixed(0)} ms, worst ${Math.max(...asked.millis).toFixed(0)} ms`,
  );
  console.log(
    `  entries                  ${offered} offered, ${lost} given up, ${ingest.received} received, ${ingest.stored} stored, ${ingest.duplicates} twice, ${refused} refused; the store holds ${store.entries}, let go ${store.retired}, ${(store.bytes / store.entries).toFixed(0)} bytes each`,
  );
  console.log(
    `  not accounted for        ${offered - lost - refused - ingest.stored} not stored, ${ingest.stored - store.entries - store.retired} not held`,
  );
  console.log(
    `  live rows                ${sum('sent')} sent, ${sum('skipped')} skipped of ${sum('matched')} matched; not accounted for: ${sum('matched') - sum('sent') - sum('skipped')}; ${unseen} clients did not see all`,
  );
}
