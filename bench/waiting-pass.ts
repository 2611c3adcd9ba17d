/**
 * A process that only waits, beside one that captures: how late its timers are is what the machine alone adds to every delay. Begins
 * to count at its first message, tells at the second.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { hurry } from './hurry.ts';

/** As long as the capture helper lets a packet wait. */
const WAIT_MILLIS = 4;

hurry();
process.once('disconnect', () => process.exit());

let late: number[] = [];
let isOver = false;

async function watch(): Promise<void> {
  late = [];
  while (!isOver) {
    const due = performance.now() + WAIT_MILLIS;
    await wait(WAIT_MILLIS);
    late.push(Math.max(0, performance.now() - due));
  }
}

process.once('message', () => {
  process.once('message', () => {
    isOver = true;
    process.send?.(late);
  });
  void watch();
});
process.send?.('ready');
