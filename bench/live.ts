/** Live capture on loopback: drops beside tcpdump alone at the same rate, cost of 10,000 requests a second, delay to the call. */

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runPaced, runWrk, startNginx } from './http-load.ts';

const folder = path.resolve(import.meta.dirname, '../.cache/bench/live');
/** Another than the recordings', which may be made meanwhile. */
const PORT = 8091;
const ROUNDS = 3;
const SECONDS = 5;
const PACED = 2000;
const WARM_SECONDS = 2;

interface Pass {
  readonly calls: number;
  readonly received: number;
  readonly dropped: number;
  readonly cpuSeconds: number;
  readonly captureSeconds: number;
  readonly megabytes: number;
  readonly captureMegabytes: number;
  readonly p50: number;
  readonly p99: number;
}
interface Measured extends Pass {
  readonly requests: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

type Load = (seconds: number) => Promise<number>;

async function ours(mode: 'calls' | 'entries', way: string, load: Load): Promise<Measured> {
  const child = fork(path.join(import.meta.dirname, 'live-pass.ts'), [mode, way, String(PORT)], { execArgv: [] });
  await once(child, 'message');
  // An agent runs for weeks: what compiling its code costs is not counted.
  await load(WARM_SECONDS);
  child.send('begin');
  await once(child, 'message');
  const requests = await load(SECONDS);
  child.send('stop');
  const [pass] = (await once(child, 'message')) as [Pass];
  await once(child, 'exit');
  return { ...pass, requests };
}

/** tcpdump with the options of our own fallback, its packets thrown away. */
async function tcpdump(load: Load): Promise<Measured> {
  const words = ['-i', 'lo', '-n', '-U', '-B', '32768', '-s', '262144', '-w', '/dev/null', `tcp port ${PORT}`];
  const child = spawn('tcpdump', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  while (!said.includes('listening on')) await once(child.stderr, 'data');
  const requests = await load(SECONDS);
  await wait(1200);
  const captureSeconds = Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  child.kill('SIGINT');
  await once(child, 'close');
  const counted = (what: string) => Number(new RegExp(`(\\d+) packets? ${what}`).exec(said)?.[1] ?? 0);
  const none = { calls: 0, cpuSeconds: 0, megabytes: 0, captureMegabytes: 0, p50: 0, p99: 0 };
  return {
    ...none,
    requests,
    captureSeconds,
    received: counted('received by filter'),
    dropped: counted('dropped by kernel'),
  };
}

/** Percent of a core for 10,000 requests a second. */
const share = ({ requests }: Measured, seconds: number) => (seconds / requests) * 10_000 * 100;

function print(title: string, rounds: readonly Measured[]): void {
  const of = (value: (pass: Measured) => number) => median(rounds.map(value));
  const percent = (seconds: (pass: Measured) => number) => of((pass) => share(pass, seconds(pass))).toFixed(1);
  const missing = of((pass) => (pass.calls === 0 ? 0 : pass.requests - pass.calls));
  const fields = [
    `${Math.round(of((pass) => pass.requests) / SECONDS)} req/s`,
    `dropped ${of((pass) => pass.dropped)} of ${of((pass) => pass.received)}`,
    `missing calls ${missing}`,
    `capture ${percent((pass) => pass.captureSeconds)} %`,
    `node ${percent((pass) => pass.cpuSeconds)} %`,
    `p50/p99 ${of((pass) => pass.p50).toFixed(1)}/${of((pass) => pass.p99).toFixed(1)} ms`,
    `${Math.round(of((pass) => pass.megabytes))} + ${Math.round(of((pass) => pass.captureMegabytes))} MB`,
  ];
  console.log(`  ${title.padEnd(26)} ${fields.join(', ')}`);
}

export async function live(): Promise<void> {
  const nginx = await startNginx(folder, PORT);
  const wrk: Load = (seconds) => runWrk(folder, PORT, { seconds, asking: 'paths' });
  const paced: Load = (seconds) => runPaced(PORT, PACED, seconds);
  const passes = [
    ['tcpdump alone', () => tcpdump(wrk)],
    ['helper, calls', () => ours('calls', 'ebpf', wrk)],
    ['helper, whole agent', () => ours('entries', 'ebpf', wrk)],
    ['tcpdump, calls', () => ours('calls', 'libpcap', wrk)],
    [`helper, calls, ${PACED}/s`, () => ours('calls', 'ebpf', paced)],
    [`helper, agent, ${PACED}/s`, () => ours('entries', 'ebpf', paced)],
    [`tcpdump, calls, ${PACED}/s`, () => ours('calls', 'libpcap', paced)],
  ] as const;
  try {
    const results = passes.map(([title]) => ({ title, rounds: [] as Measured[] }));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [n, [, pass]] of passes.entries()) results[n]?.rounds.push(await pass());
    console.log(
      `live: HTTP keep-alive on loopback, ${SECONDS} s a pass, medians of ${ROUNDS}; CPU is of one core at 10,000 req/s`,
    );
    for (const { title, rounds } of results) print(title, rounds);
  } finally {
    nginx.kill();
  }
}
