/** One pass over a capture in a process of its own, so that its CPU time, memory and collections are its own. */

import { closeSync, openSync, readSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { CaptureDissection, Statistics } from '@kubeshark/capture';

const CHUNK_BYTES = 1024 * 1024;

const [mode = 'statistics', file = ''] = process.argv.slice(2);
let gcMillis = 0;
const observer = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMillis += duration;
});
observer.observe({ entryTypes: ['gc'] });

const statistics = new Statistics();
let written = 0;
const onCall =
  mode === 'json'
    ? (call: Parameters<Statistics['add']>[0]) => {
        written += JSON.stringify(call.toEntry()).length;
      }
    : (call: Parameters<Statistics['add']>[0]) => statistics.add(call);
const capture = new CaptureDissection({ onCall });

const started = process.cpuUsage();
const wall = performance.now();
const chunk = new Uint8Array(CHUNK_BYTES);
const input = openSync(file, 'r');
for (let length = readSync(input, chunk); length > 0; length = readSync(input, chunk)) {
  capture.push(length === chunk.length ? chunk : chunk.subarray(0, length));
}
closeSync(input);
capture.end();
const { counters } = capture.engine;
const summary = statistics.summary(counters);
const { user, system } = process.cpuUsage(started);
const seconds = (performance.now() - wall) / 1000;
// Collections are told asynchronously.
await new Promise((resolve) => void setTimeout(resolve, 10));
console.log(
  JSON.stringify({
    cpuSeconds: (user + system) / 1e6,
    gcShare: gcMillis / 1000 / seconds,
    rssMegabytes: process.resourceUsage().maxRSS / 1024,
    packets: counters.packets,
    calls: counters.calls,
    endpoints: summary.endpoints.length,
    written,
  }),
);
