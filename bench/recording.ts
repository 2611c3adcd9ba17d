/** Whether a recording's size shows in memory: the same steps over a file and over one four times as large. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const STEPS = ['record', 'seal', 'pack', 'read'] as const;
/** The larger one comes to a gigabyte. */
const SIZES = [14_400, 57_600] as const;
const pass = path.join(import.meta.dirname, 'recording-pass.ts');

interface Taken {
  readonly result: number;
  readonly seconds: number;
  readonly megabytes: number;
}

export async function recording(): Promise<void> {
  for (const calls of SIZES) {
    const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-bench-'));
    try {
      const folder = path.join(directory, 'recording');
      console.log(`recording: ${calls} calls, a process for each step`);
      for (const step of STEPS) {
        const { stdout } = await promisify(execFile)(process.execPath, [pass, step, folder, String(calls)]);
        const { result, seconds, megabytes } = JSON.parse(stdout) as Taken;
        if (step !== 'pack' && result !== calls) throw new Error(`${step} found ${result} of ${calls} calls`);
        console.log(`  ${step.padEnd(8)}${seconds.toFixed(1).padStart(8)} s${megabytes.toFixed(0).padStart(8)} MB`);
      }
      const { size } = await stat(path.join(folder, 'traffic.tar'));
      console.log(`  the file: ${(size / 1e6).toFixed(0)} MB`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}
