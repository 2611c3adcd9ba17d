/** Live capture on loopback: drops beside tcpdump alone at the same rate, cost of 10,000 requests a second, delay to the call. */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runPaced, runWrk, startNginx } from './http-load.ts';
import { nothing, type Spread, spread, spreadText } from './spread.ts';

const folder = path.resolve(import.meta.dirname, '../.cache/bench/live');
/** Another than the recordings', which may be made meanwhile. */
const PORT = 8091;
const ROUNDS = Number(process.env['KUBESHARK_BENCH_ROUNDS'] ?? 3);
const SECONDS = 5;
const PACED = 2000;
const WARM_SECONDS = 4;
/** Part of the names of the passes to run; all without it. */
const only = process.env['KUBESHARK_BENCH_PASS'] ?? '';

interface Pass {
  readonly calls: number;
  readonly received: number;
  readonly dropped: number;
  readonly cpuSeconds: number;
  readonly captureSeconds: number;
  readonly megabytes: number;
  readonly captureMegabytes: number;
  /** From a call's last packet until it was known. */
  readonly delays: Spread;
  /** Of calls that had to wait for the names of their processes. */
  readonly unnamed: Spread;
  readonly unnamedCalls: number;
}
interface Measured extends Pass {
  readonly requests: number;
  /** How late timers were meanwhile in a process that only waits. */
  readonly machine: Spread;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

type Load = (seconds: number) => Promise<number>;
const atFull: Load = (seconds) => runWrk(folder, PORT, { seconds, asking: 'paths' });

async function ours(mode: 'calls' | 'entries', way: string, load: Load): Promise<Measured> {
  const child = begun('live-pass.ts', [mode, way, String(PORT)]);
  const beside = begun('waiting-pass.ts', []);
  await Promise.all([once(child, 'message'), once(beside, 'message')]);
  // An agent runs for weeks: what compiling its code costs is not counted. At a slow pace it would take minutes.
  await atFull(WARM_SECONDS);
  child.send('begin');
  await once(child, 'message');
  beside.send('begin');
  const requests = await load(SECONDS);
  child.send('stop');
  beside.send('stop');
  const [[pass], [late]] = (await Promise.all([once(child, 'message'), once(beside, 'message')])) as [
    [Pass],
    [number[]],
  ];
  beside.disconnect();
  await Promise.all([once(child, 'exit'), once(beside, 'exit')]);
  return { ...pass, requests, machine: spread(Float64Array.from(late)) };
}

/** In a session of its own, so that it can come before others; with the memory that an agent is started with. */
function begun(file: string, words: readonly string[]): ChildProcess {
  return fork(path.join(import.meta.dirname, file), words, { execArgv: ['--max-semi-space-size=4'], detached: true });
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
  const none = {
    calls: 0,
    cpuSeconds: 0,
    megabytes: 0,
    captureMegabytes: 0,
    delays: nothing,
    unnamed: nothing,
    unnamedCalls: 0,
    machine: nothing,
  };
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
    `${Math.round(of((pass) => pass.megabytes))} + ${Math.round(of((pass) => pass.captureMegabytes))} MB`,
  ];
  console.log(`  ${title.padEnd(26)} ${fields.join(', ')}`);
  if (rounds.every(({ calls }) => calls === 0)) return;
  // The machine is never the same twice: each round with what a process that only waits met in the same seconds.
  for (const { delays, machine, unnamed, unnamedCalls } of rounds) {
    console.log(`    delay ${spreadText(delays)} | machine ${spreadText(machine)}`);
    if (unnamedCalls > 0) console.log(`    names of processes: ${unnamedCalls} calls waited, ${spreadText(unnamed)}`);
  }
}

export async function live(): Promise<void> {
  const nginx = await startNginx(folder, PORT);
  const paced: Load = (seconds) => runPaced(PORT, PACED, seconds);
  const passes = [
    ['tcpdump alone', () => tcpdump(atFull)],
    ['helper, calls', () => ours('calls', 'ebpf', atFull)],
    ['helper, whole agent', () => ours('entries', 'ebpf', atFull)],
    ['tcpdump, calls', () => ours('calls', 'libpcap', atFull)],
    [`helper, calls, ${PACED}/s`, () => ours('calls', 'ebpf', paced)],
    [`helper, agent, ${PACED}/s`, () => ours('entries', 'ebpf', paced)],
    [`tcpdump, calls, ${PACED}/s`, () => ours('calls', 'libpcap', paced)],
  ] as const;
  try {
    const results = passes.map(([title]) => ({ title, rounds: [] as Measured[] }));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [n, [title, pass]] of passes.entries())
        if (title.includes(only)) results[n]?.rounds.push(await pass());
    console.log(
      `live: HTTP keep-alive on loopback, ${SECONDS} s a pass, medians of ${ROUNDS}; CPU is of one core at 10,000 req/s`,
    );
    for (const { title, rounds } of results) if (rounds.length > 0) print(title, rounds);
  } finally {
    nginx.kill();
  }
}
