/** A process that does nothing but look how late its timers are: what the machine alone does to an event loop. */

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** As prom-client has it in the hub, so that the two can be compared. */
const RESOLUTION_MILLIS = 10;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
delay.enable();
process.on('message', () => {
  process.send?.(delay.percentile(99) / 1e6);
  delay.reset();
});
process.on('disconnect', () => process.exit(0));
