/**
 * One live capture in a process of its own: `live-pass.ts calls|entries ebpf|libpcap PORT`. Says `ready` to its parent, begins to
 * count at its first message and ends at the second, then tells what it saw and what it cost, with the process that captures
 * for it.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Call, FrameDissection, JsonWriter, KeyStore } from '@kubeshark/capture';
import { Capture } from '../apps/agent/src/capture.ts';
import { EndNamer } from '../apps/agent/src/enrich/name-ends.ts';
import { ProcessTable } from '../apps/agent/src/enrich/process-table.ts';
import { createRules } from '../apps/agent/src/redact/rules.ts';
import { Batcher } from '../apps/agent/src/ship/batcher.ts';
import { openLive } from '../apps/agent/src/sources/live.ts';
import { type CaptureSource, isRefusal } from '../apps/agent/src/sources/source.ts';
import { RedactionSettings } from '../packages/contract/src/index.ts';
import { hurry } from './hurry.ts';
import { spread } from './spread.ts';

hurry();

// A bench that has failed leaves nobody who would end this.
process.once('disconnect', () => process.exit());

const [mode = 'calls', way = 'ebpf', port = ''] = process.argv.slice(2);
const MAX_LATENCIES = 1_000_000;
const TICK_MILLIS = 250;

const helper = { program: undefined, directory: path.resolve(import.meta.dirname, '../.cache/helper') };
const options = { interfaces: ['lo'], filter: `tcp port ${port}` };
const source = await openLive(way === 'libpcap' ? 'libpcap' : 'ebpf', options, helper);
if (isRefusal(source)) throw new Error(source.refused);
const opened: CaptureSource = source;

/** The process that captures: CPU seconds and resident memory so far. */
function capturing(): { readonly seconds: number; readonly megabytes: number } {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const pid = children.at(-1);
  const nanos = Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
  const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { seconds: nanos / 1e9, megabytes: Number(resident) / 1024 };
}

const latencies = new Float64Array(MAX_LATENCIES);
let calls = 0;
/** How long calls of new connections waited for the names of their processes. */
let unnamed: number[] = [];
const count = (completedMicros: number | null) => {
  // Cut off in the middle when the load ended.
  if (completedMicros === null) return;
  const now = (performance.timeOrigin + performance.now()) * 1000;
  if (calls < MAX_LATENCIES) latencies[calls] = (now - completedMicros) / 1000;
  calls += 1;
};

/** Everything an agent does but sending: ends named, secrets taken out, batches encoded and compressed. */
function asAgent(): () => Promise<unknown> {
  const batcher = new Batcher(createRules(RedactionSettings.parse({})).rules, () => Promise.resolve());
  const json = new JsonWriter();
  const written = (call: Call) => {
    json.length = 0;
    call.writeJson(json);
    return json.written();
  };
  const processes = new ProcessTable();
  const namer = new EndNamer(processes, {
    take(call, ends) {
      batcher.add(written(call), ends);
      count(call.exchange.responseEnd);
    },
    keep(call) {
      const kept = Buffer.from(written(call));
      const completed = call.exchange.responseEnd;
      return (ends) => {
        batcher.add(kept, ends);
        count(completed);
      };
    },
  });
  const capture = new Capture({
    source: opened,
    node: 'bench',
    agentNumber: 0,
    maxBodyBytes: undefined,
    keys: new KeyStore(),
    onCall: (call) => namer.take(call),
    onFlow: processes.began.bind(processes),
  });
  return () => capture.run();
}

/** The engine alone. */
function asEngine(): () => Promise<unknown> {
  const dissection = new FrameDissection({ onCall: ({ exchange }) => count(exchange.responseEnd) });
  return () => {
    const ticking = setInterval(() => dissection.engine.tick(Date.now() * 1000), TICK_MILLIS);
    return opened.read(dissection).finally(() => clearInterval(ticking));
  };
}

const read = mode === 'entries' ? asAgent() : asEngine();
const nextMessage = () => new Promise((resolve) => process.once('message', resolve));
// Counters come each second.
const settled = () => new Promise((resolve) => void setTimeout(resolve, 1200));
const reading = read();
process.send?.('ready');
await nextMessage();
await settled();
calls = 0;
unnamed = [];
const counted = source.counters();
const before = { usage: process.cpuUsage(), capture: capturing() };
process.send?.('counting');
await nextMessage();
const { user, system } = process.cpuUsage(before.usage);
const other = capturing();
await settled();
const { received, droppedByKernel } = source.counters();
await source.close();
await reading;
process.send?.({
  calls,
  received: (received ?? 0) - (counted.received ?? 0),
  dropped: (droppedByKernel ?? 0) - (counted.droppedByKernel ?? 0),
  cpuSeconds: (user + system) / 1e6,
  captureSeconds: other.seconds - before.capture.seconds,
  megabytes: process.memoryUsage.rss() / 2 ** 20,
  captureMegabytes: other.megabytes,
  unnamed: spread(Float64Array.from(unnamed)),
  unnamedCalls: unnamed.length,
  delays: spread(latencies.subarray(0, Math.min(calls, MAX_LATENCIES))),
});
process.disconnect();
process.exit();
