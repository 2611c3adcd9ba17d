/**
 * The whole hub beside its own store: entries over the agent link, acknowledged, against `store.insert` in one process.
 * Fifty live clients read along. Everything runs in one go on one machine; the ratios are what counts.
 * `KUBESHARK_BENCH_ENTRIES=1000000 pnpm bench hub` for a million entries.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../packages/store/src/index.ts';
import { anEntry, metric, residentMegabytes, ship, startHub, stopHub, type Watched, watch } from './running-hub.ts';

const DEFAULT_ENTRIES = 100_000;
const BATCH = 500;
const IN_FLIGHT = 16;
const LIVE_CLIENTS = 50;

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

export async function hub(): Promise<void> {
  const count = Number(process.env['KUBESHARK_BENCH_ENTRIES'] ?? DEFAULT_ENTRIES);
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-bench-'));
  try {
    const alone = await direct(path.join(directory, 'direct'), count);
    const running = await startHub(path.join(directory, 'hub'));
    const watched = await watch(running, LIVE_CLIENTS);
    // Reading it also begins it anew: loading modules is not what is measured.
    await metric(running, 'nodejs_eventloop_lag_p99_seconds');
    const { offered, lost, seconds } = await ship(running, {
      spool: path.join(directory, 'spool'),
      goesOn: (so) => so < count,
    });
    const lag = (await metric(running, 'nodejs_eventloop_lag_p99_seconds')) * 1000;
    const whole = offered / seconds;
    const sum = (name: keyof Watched) => watched.reduce((total, counts) => total + counts[name], 0);
    const memory = await residentMegabytes(running.child.pid);
    console.log(
      `hub: ${offered} entries of ${JSON.stringify(anEntry(1)).length} bytes as JSON, ${LIVE_CLIENTS} live clients`,
    );
    console.log(`  store.insert alone       ${alone.toFixed(0)} entries/s`);
    console.log(
      `  through the whole hub    ${whole.toFixed(0)} entries/s, ${(whole / alone).toFixed(2)}× of it; ${lost} lost`,
    );
    console.log(`  hub's event loop p99     ${lag.toFixed(1)} ms, memory ${memory.toFixed(0)} MB`);
    console.log(
      `  live rows                ${sum('sent')} sent, ${sum('skipped')} skipped of ${sum('matched')} matched`,
    );
    await stopHub(running);
  } finally {
    await rm(directory, { recursive: true });
  }
}
