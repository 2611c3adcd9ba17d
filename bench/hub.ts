/**
 * The whole hub beside its own engine and store: entries over the agent link, acknowledged, against finished blocks given
 * to the engine and against `store.insert` in one process; once with nobody watching, once with fifty live clients.
 * Everything runs in one go on one machine; the ratios are what counts. `KUBESHARK_BENCH_ENTRIES=1000000 pnpm bench hub`
 * for a million entries.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from '../packages/model/src/index.ts';
import { openStore } from '../packages/store/src/index.ts';
import {
  cpuSeconds,
  engineOf,
  metric,
  type RunningHub,
  residentMegabytes,
  startHub,
  stopHub,
  type Watched,
  watch,
} from './running-hub.ts';
import type { FromSender, ToSender } from './sender-pass.ts';
import { aRandomEntry, encode, idOf, rawIngest, START_MICROS, services } from './store.ts';

const DEFAULT_ENTRIES = 100_000;
/** Entries made before; they come again and again with new ids, as making them costs more than storing them. */
const POOL = 20_000;
const BATCH = 500;
const IN_FLIGHT = 16;
const LIVE_CLIENTS = 50;

const pool = Array.from({ length: POOL }, (_, n) => aRandomEntry(n, POOL));
function entryAt(n: number): Entry {
  const timestamp = START_MICROS + n * 1000;
  return { ...(pool[n % POOL] as Entry), id: idOf(timestamp), timestamp };
}
/** Each client sees one service's calls, one in eight. */
const queryOf = (n: number) => `dst.name == "${services[n % services.length]}" and latency != ${n}`;

async function direct(directory: string, count: number): Promise<number> {
  const store = await openStore({ dataDirectory: directory });
  const started = performance.now();
  const flying = new Set<Promise<unknown>>();
  for (let n = 0; n < count; n += BATCH) {
    const insert = store.insert(Array.from({ length: Math.min(BATCH, count - n) }, (_, at) => entryAt(n + at)));
    flying.add(insert);
    void insert.finally(() => flying.delete(insert));
    if (flying.size >= IN_FLIGHT) await Promise.race(flying);
  }
  await Promise.all(flying);
  const seconds = (performance.now() - started) / 1000;
  await store.close();
  return count / seconds;
}

interface Whole {
  readonly rowsPerSecond: number;
  /** CPU microseconds an entry, hub and engine together. */
  readonly cpu: number;
  readonly hubCpu: number;
  readonly lost: number;
  readonly lagP99: number;
  readonly megabytes: number;
  readonly watched: readonly Watched[];
}

/** An agent with this many entries encoded and ready to be sent. */
async function startSender(count: number): Promise<ChildProcess> {
  const sender = fork(fileURLToPath(new URL('./sender-pass.ts', import.meta.url)), { execArgv: [] });
  sender.send({ prepare: count } satisfies ToSender);
  await once(sender, 'message');
  return sender;
}

/** Sends all of them; how many seconds until the last was acknowledged. */
async function sendAll(sender: ChildProcess, url: string): Promise<number> {
  sender.send({ sendTo: url } satisfies ToSender);
  const [{ seconds }] = (await once(sender, 'message')) as [Extract<FromSender, { seconds: number }>];
  sender.disconnect();
  return seconds;
}

async function throughHub(directory: string, count: number, clients: number): Promise<Whole> {
  const sender = await startSender(count);
  const hub = await startHub(path.join(directory, 'hub'));
  const enginePid = await engineOf(hub);
  const watched = await watch(hub, clients, queryOf);
  const used = async () => [await cpuSeconds(hub.child.pid), await cpuSeconds(enginePid)] as const;
  // Reading it also begins it anew: loading modules is not what is measured.
  await metric(hub, 'nodejs_eventloop_lag_p99_seconds');
  const before = await used();
  const seconds = await sendAll(sender, hub.url);
  const after = await used();
  const lagP99 = (await metric(hub, 'nodejs_eventloop_lag_p99_seconds')) * 1000;
  const megabytes = await residentMegabytes(hub.child.pid);
  const lost = count - (await heldBy(hub));
  await stopHub(hub);
  const hubCpu = ((after[0] - before[0]) * 1e6) / count;
  const cpu = hubCpu + ((after[1] - before[1]) * 1e6) / count;
  return { rowsPerSecond: count / seconds, cpu, hubCpu, lost, lagP99, megabytes, watched };
}

/** How many entries the store holds. */
async function heldBy({ url }: RunningHub): Promise<number> {
  const { store } = (await (await fetch(`${url}/api/health/capture`)).json()) as { store: { entries: number } };
  return store.entries;
}

export async function hub(): Promise<void> {
  const count = Number(process.env['KUBESHARK_BENCH_ENTRIES'] ?? DEFAULT_ENTRIES);
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-bench-'));
  const at = (name: string) => path.join(directory, name);
  try {
    const { blocks } = encode(pool);
    const raw = await rawIngest(at('raw'), blocks, count);
    const alone = await direct(at('direct'), count);
    console.log(`hub: ${count} entries of ${JSON.stringify(entryAt(1)).length} bytes as JSON`);
    console.log(
      `  finished blocks to the engine  ${raw.rowsPerSecond.toFixed(0)}/s, ${raw.cpu.toFixed(0)} µs of CPU each`,
    );
    console.log(
      `  store.insert alone             ${alone.toFixed(0)}/s, ${(alone / raw.rowsPerSecond).toFixed(2)}× of it`,
    );
    for (const clients of [0, LIVE_CLIENTS]) {
      const whole = await throughHub(at(`with ${clients}`), count, clients);
      const sum = (name: keyof Watched) => whole.watched.reduce((total, counts) => total + counts[name], 0);
      console.log(`  whole hub, ${clients} live clients`);
      console.log(
        `    rate                         ${whole.rowsPerSecond.toFixed(0)}/s, ${(whole.rowsPerSecond / raw.rowsPerSecond).toFixed(2)}× of finished blocks; ${whole.lost} lost`,
      );
      console.log(
        `    CPU of hub and engine        ${whole.cpu.toFixed(0)} µs each (hub ${whole.hubCpu.toFixed(0)}), ${(whole.cpu / raw.cpu).toFixed(2)}× of finished blocks`,
      );
      console.log(`    event loop p99, memory       ${whole.lagP99.toFixed(1)} ms, ${whole.megabytes.toFixed(0)} MB`);
      if (clients > 0)
        console.log(
          `    live rows                    ${sum('sent')} sent, ${sum('skipped')} skipped of ${sum('matched')} matched`,
        );
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}
