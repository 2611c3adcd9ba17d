/**
 * How exactly a replay keeps its schedule: 500 calls a second on loopback, beside an idle process that sets the same timers in
 * the same seconds. What that one is late by is the machine's doing.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Entry } from '../packages/model/src/index.ts';
import { planReplay, replay } from '../packages/replay/src/index.ts';
import { anHttpEntry, idAt, START_MICROS } from '../packages/testkit/src/index.ts';

const RATE = 500;
const CALLS = 5_000;
const CONNECTIONS = 50;
const ROUNDS = 3;
/** Two kilobytes of JSON, as a list of a shop. */
const answer = JSON.stringify({
  items: Array.from({ length: 20 }, (_, id) => ({ id, price: 10, name: `item ${id}`, tags: ['a', 'b', 'c'] })),
});

function startTarget(): void {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(answer);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

/** Waits as often and as long as the replay does, and does nothing else. */
async function idle(): Promise<void> {
  const late: number[] = [];
  const start = performance.now();
  for (let n = 0; n < CALLS; n++) {
    const early = start + (n * 1000) / RATE - performance.now();
    if (early > 0.5) await wait(early);
    late.push(performance.now() - start - (n * 1000) / RATE);
  }
  process.send?.(late.toSorted((a, b) => a - b));
}

const recorded = (n: number): Entry => {
  const timestamp = START_MICROS + (n * 1e6) / RATE;
  const headers = { 'content-type': 'application/json' };
  return anHttpEntry(0, {
    id: idAt(timestamp),
    timestamp,
    status: 200,
    error: false,
    response: { size: answer.length, status: 200, headers, body: { size: answer.length, text: answer } },
    connection: { id: `connection ${n % CONNECTIONS}`, transport: 'tcp', index: 0 },
  });
};

async function* recording(): AsyncGenerator<readonly Entry[]> {
  yield Array.from({ length: CALLS }, (_, n) => recorded(n));
}

const millis = (value: number | undefined): string => (value ?? 0).toFixed(2).padStart(8);
const row = (name: string, times: Readonly<Record<string, number>> | null): void => {
  const cells = ['p50', 'p95', 'p99', 'max'].map((key) => millis(times?.[key]));
  console.log(`  ${name.padEnd(44)}${cells.join('')}`);
};

/** The replay's schedule error, p50, p95, p99 and the largest, in milliseconds. */
export async function replaySchedule(): Promise<void> {
  const children: ChildProcess[] = [];
  const child = (role: string): ChildProcess => {
    const started = fork(new URL(import.meta.url).pathname, [role]);
    children.push(started);
    return started;
  };
  const target = child('target');
  const [port] = (await once(target, 'message')) as [number];
  console.log(`replay: ${CALLS} calls at ${RATE}/s over loopback, milliseconds p50, p95, p99, max`);
  for (let round = 0; round < ROUNDS; round++) {
    const beside = child('idle');
    await once(beside, 'message');
    const plan = await planReplay(recording(), { target: `http://127.0.0.1:${port}` });
    const timers = once(beside, 'message');
    beside.send('go');
    const cpu = process.cpuUsage();
    const report = await replay(plan, {
      recording: 'bench',
      target: 'loopback',
      verify: {},
      run: { pace: { rate: RATE } },
    });
    const { user, system } = process.cpuUsage(cpu);
    const [late] = (await timers) as [number[]];
    const at = (share: number) => late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? 0;
    row('sent late by', { ...report.lateness });
    row('of that, by the sender itself', { ...report.scheduleError });
    row('an idle process, the same timers', { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) });
    console.log(
      `  ${report.callsPerSecond.toFixed(1)} calls/s, ${report.equal} of ${report.sent} equal, ${((user + system) / 1000 / report.sent).toFixed(2)} ms CPU a call`,
    );
    beside.kill();
  }
  for (const started of children) started.kill();
}

// Without whoever started it a child has nothing to do.
if (process.send !== undefined) process.on('disconnect', () => process.exit());
if (process.argv[2] === 'target') startTarget();
if (process.argv[2] === 'idle') {
  process.on('message', () => void idle());
  process.send?.('ready');
}
