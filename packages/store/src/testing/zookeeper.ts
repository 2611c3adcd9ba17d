/** A real ZooKeeper for tests of replicated tables, out of Debian's packages `zookeeper` and a Java to run it. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

const JARS = '/usr/share/java';
const NEEDED = ['zookeeper', 'zookeeper-jute', 'slf4j-api', 'slf4j-simple', 'netty-all', 'metrics-core', 'snappy-java'];
const STARTUP_MILLIS = 60_000;

const jars = NEEDED.map((name) => path.join(JARS, `${name}.jar`));
export const hasZooKeeper =
  jars.every((jar) => existsSync(jar)) && spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0;

export interface ZooKeeper {
  readonly port: number;
  dispose(): Promise<void>;
}

/** On a port that is free. */
export async function startZooKeeper(port: number): Promise<ZooKeeper> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-zookeeper-'));
  const config = path.join(directory, 'zoo.cfg');
  await writeFile(
    config,
    `tickTime=500\ndataDir=${directory}\nclientPort=${port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n`,
  );
  const child = spawn(
    'java',
    ['-Xmx128m', '-cp', jars.join(':'), 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config],
    { stdio: 'ignore' },
  );
  const dispose = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = performance.now() + STARTUP_MILLIS;
  while (!(await answers(port))) {
    if (child.exitCode === null && performance.now() < deadline) {
      await setTimeout(100);
      continue;
    }
    await dispose();
    throw new Error('ZooKeeper did not start');
  }
  return { port, dispose };
}

/** `srvr` is the one of its four-letter words that is allowed by default. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end('srvr'));
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(heard.startsWith('Zookeeper version')));
  });
}
