/** The real hub as a process of its own, for tests that kill it. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface HubProcess {
  readonly url: string;
  readonly port: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const main = fileURLToPath(new URL('../../../bff/src/main.ts', import.meta.url));

/** Starts a hub on `dataDir`; `port` 0 lets the system choose. */
export async function startHubProcess(dataDir: string, port = 0): Promise<HubProcess> {
  const child: ChildProcess = fork(main, {
    env: { ...process.env, KUBESHARK_DATA_DIR: dataDir, KUBESHARK_PORT: String(port), KUBESHARK_LOG_LEVEL: 'error' },
    execArgv: [],
  });
  const [ready] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the hub ended with ${code}`))),
  ])) as [{ port: number }];
  return {
    port: ready.port,
    url: `http://127.0.0.1:${ready.port}`,
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}
