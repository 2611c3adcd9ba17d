/** Loaded in front of a command that is measured: what the process took is written to the file KUBESHARK_USAGE at its end. */

import { writeFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';

const file = process.env['KUBESHARK_USAGE'];
let gcMillis = 0;
const observer = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMillis += duration;
});
observer.observe({ entryTypes: ['gc'] });

process.on('exit', () => {
  // Collections are told later; what is not told yet is taken.
  for (const { duration } of observer.takeRecords()) gcMillis += duration;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    gcShare: gcMillis / performance.now(),
    rssMegabytes: maxRSS / 1024,
  };
  if (file !== undefined) writeFileSync(file, JSON.stringify(usage));
});
