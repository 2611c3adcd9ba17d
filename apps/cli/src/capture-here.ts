/** Capture on this machine: the agent as a child that prints entries instead of shipping them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Entry } from '@kubeshark/model';
import { type CaptureOptions, captureEnvironment } from './capture-options.ts';
import { Failure } from './failure.ts';
import { partArguments, partEnvironment } from './part-file.ts';

interface Here extends CaptureOptions {
  /** Ends the capture. */
  readonly signal?: AbortSignal;
}

/** Gives each call until `onEntry` answers false, a signal ends it, or nothing can be captured: then throws a Failure. */
export async function captureHere(options: Here, onEntry: (entry: Entry) => Promise<boolean> | boolean): Promise<void> {
  const { signal } = options;
  const environment = captureEnvironment(options);
  const name = environment['KUBESHARK_INTERFACE'] ?? process.env['KUBESHARK_INTERFACE'] ?? 'any';
  const child = spawn(process.execPath, [...partArguments('@kubeshark/agent/main')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      KUBESHARK_LOG_LEVEL: 'error',
      ...partEnvironment(),
      ...process.env,
      ...environment,
      KUBESHARK_OUTPUT: 'stdout',
    },
  });
  const ended = once(child, 'exit');
  const stop = () => child.kill('SIGTERM');
  for (const ending of ['SIGINT', 'SIGTERM'] as const) process.once(ending, stop);
  signal?.addEventListener('abort', stop, { once: true });
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as Entry;
    if (!(await onEntry(entry))) stop();
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0 && code !== null) throw new Failure('capture', `Nothing can be captured from ${name} (see above).`);
}
