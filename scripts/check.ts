/** `pnpm check [--static]`: what must hold before a commit. Stops at the first step that fails and shows its output. */

import { spawnSync } from 'node:child_process';
import { staticChecks } from './static-checks.ts';

const tests = ['unit tests', 'vitest', 'run', '--reporter=dot'] as const;

const steps = process.argv.includes('--static') ? staticChecks : [...staticChecks, tests];
for (const [name, command, ...args] of steps) {
  const started = performance.now();
  const run = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 2 ** 28 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${run.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (run.status !== 0) {
    console.error(`${run.stdout ?? ''}${run.stderr ?? ''}${run.error?.message ?? ''}`);
    process.exit(1);
  }
}
