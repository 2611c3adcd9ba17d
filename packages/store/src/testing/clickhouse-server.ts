/**
 * Starts real ClickHouse servers for tests: one, or several that know each other as the cluster `shards`, or as the replicas
 * of its only shard.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const TEST_CLUSTER = 'shards';

export interface TestServers {
  readonly urls: readonly string[];
  /** Kills one of them, as a crash would. */
  kill(index: number): Promise<void>;
  dispose(): Promise<void>;
}

const STARTUP_MILLIS = 20_000;
const STARTUP_TRIES = 3;

/** `keeper` is the port of a ZooKeeper: with it the servers are replicas. */
export async function startServers(count: number, keeper?: number): Promise<TestServers> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryToStart(count, keeper);
    } catch (error) {
      // A port that was free a moment ago may be somebody else's by now.
      if (tries === STARTUP_TRIES) throw error;
    }
  }
}

async function tryToStart(count: number, keeper: number | undefined): Promise<TestServers> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-clickhouse-'));
  const ports = await freePorts(count * 2);
  const nodes = Array.from({ length: count }, (_, index) => ({
    http: ports[index * 2] as number,
    tcp: ports[index * 2 + 1] as number,
    directory: path.join(directory, String(index)),
  }));
  const tcpPorts = nodes.map(({ tcp }) => tcp);
  const children = await Promise.all(
    nodes.map(async (node, index) => {
      await mkdir(node.directory);
      const config = path.join(directory, `${index}.xml`);
      await writeFile(config, keeper === undefined ? shardsConfig(tcpPorts) : replicasConfig(tcpPorts, index, keeper));
      return start([
        `--config-file=${config}`,
        `--path=${node.directory}`,
        `--http_port=${node.http}`,
        `--tcp_port=${node.tcp}`,
      ]);
    }),
  );
  const urls = nodes.map(({ http }) => `http://127.0.0.1:${http}`);
  const dispose = async () => {
    await Promise.all(children.map(end));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all(urls.map((url, index) => answers(url, children[index] as ChildProcess)));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { urls, kill: (index) => end(children[index] as ChildProcess), dispose };
}

function start(args: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL('./clickhouse-process.ts', import.meta.url));
  return spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + STARTUP_MILLIS;
  for (;;) {
    const reply = await fetch(`${url}/ping`).catch(() => undefined);
    if (reply?.ok) return;
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('the test server did not start');
    await setTimeout(20);
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const replica = (port: number) => `<replica><host>127.0.0.1</host><port>${port}</port></replica>`;
const cluster = (shards: string) => `<remote_servers><${TEST_CLUSTER}>${shards}</${TEST_CLUSTER}></remote_servers>`;

function shardsConfig(tcpPorts: readonly number[]): string {
  const shards = tcpPorts.map((port) => `<shard>${replica(port)}</shard>`).join('');
  return `<clickhouse>${cluster(shards)}</clickhouse>`;
}

function replicasConfig(tcpPorts: readonly number[], index: number, keeper: number): string {
  const shard = `<shard><internal_replication>true</internal_replication>${tcpPorts.map(replica).join('')}</shard>`;
  return `<clickhouse>${cluster(shard)}
<zookeeper><node><host>127.0.0.1</host><port>${keeper}</port></node></zookeeper>
<macros><shard>1</shard><replica>replica-${index}</replica></macros></clickhouse>`;
}
