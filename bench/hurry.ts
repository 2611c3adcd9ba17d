/**
 * Before other work of a shared machine: what is measured is the program, not waiting for a core. Linux shares cores between
 * sessions first, and only then by priority ("The autogroup feature" in sched(7)), so this is for a process that was started
 * `detached`. What it starts inherits it.
 */

import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const PRIORITY = -15;

export function hurry(): void {
  try {
    setPriority(PRIORITY);
    writeFileSync('/proc/self/autogroup', String(PRIORITY));
  } catch {
    // Without root, or in a kernel without sessions: then it waits like everybody, which the process beside it shows.
  }
}
