/** `pnpm fuzz each [SECONDS] [SEED]`: every parser for so long, as many at once as there are processors; a line for each. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const fuzzer = path.join(import.meta.dirname, 'fuzz.ts');

/** Ends with 1 when one of them found something: what, and with which seed, is printed as it is found. */
export async function fuzzEach(targets: readonly string[], seconds: string, seed: string): Promise<void> {
  const left = [...targets];
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let target = left.shift(); target !== undefined; target = left.shift()) {
        if (!(await fuzzes(target, seconds, seed))) process.exitCode = 1;
      }
    }),
  );
}

async function fuzzes(target: string, seconds: string, seed: string): Promise<boolean> {
  const child = spawn(process.execPath, [fuzzer, target, seconds, seed], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, [code]] = await Promise.all([child.stdout.setEncoding('utf8').toArray(), once(child, 'exit')]);
  console.log(`${target}: ${said.join('').trim() || `ended with ${String(code)}`}`);
  return code === 0;
}
