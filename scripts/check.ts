/** `pnpm check [--static]`: what must hold before a commit. Stops at the first step that fails and shows its output. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const folders = ['apps', 'packages', 'e2e', 'bench', 'scripts'].filter((folder) => existsSync(folder));

const statics: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '.'],
  ['lint with types', 'oxlint', '--type-aware'],
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['types of the browser', 'tsc', '-p', 'apps/web'],
  ['boundaries', 'depcruise', ...folders, '--output-type', 'err'],
  ['unused code', 'knip', '--no-config-hints', '--exclude', 'dependencies'],
];
const tests = ['unit tests', 'vitest', 'run', '--reporter=dot'] as const;

const steps = process.argv.includes('--static') ? statics : [...statics, tests];
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
