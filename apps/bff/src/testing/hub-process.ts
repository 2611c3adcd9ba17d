/** Hubs as processes of their own on real ClickHouse servers: several of them on one database, as replicas are. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TEST_CLUSTER } from '../../../../packages/store/src/testing/clickhouse-server.ts';

export interface HubProcess {
  readonly url: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startHubOn(
  clickhouse: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<HubProcess> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'kubeshark-hub-'));
  const child: ChildProcess = fork(fileURLToPath(new URL('../main.ts', import.meta.url)), {
    execArgv: [],
    env: {
      ...process.env,
      KUBESHARK_PORT: '0',
      KUBESHARK_DATA_DIR: dataDir,
      KUBESHARK_CLICKHOUSE_URL: clickhouse.join(','),
      ...(clickhouse.length > 1 && { KUBESHARK_CLICKHOUSE_CLUSTER: TEST_CLUSTER }),
      KUBESHARK_LOG_LEVEL: 'error',
      ...env,
    },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const ask = async (url: string): Promise<unknown> => (await fetch(url)).json();
const LOOK_AGAIN_MILLIS = 100;

/** Asks until the answer is what is waited for: hubs hear of each other within seconds. */
export async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await setTimeout(LOOK_AGAIN_MILLIS);
  }
}
