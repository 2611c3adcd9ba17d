/**
 * What a cluster of 5,000 pods costs the hub: memory of its names, time to know them, CPU of a rollout, and of naming an entry.
 * The peer is the JSON itself: what keeping the objects as they come would take. The API server is another process.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ApiServer } from '../apps/bff/src/kubernetes/api-server.ts';
import { Cluster } from '../apps/bff/src/kubernetes/cluster.ts';
import { anHttpEntry } from '../packages/testkit/src/index.ts';

const PODS = 5_000;
const CHANGES = 5_000;
const NAMINGS = 200_000;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const heap = () => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
const cpuMillis = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export async function cluster(): Promise<void> {
  const server = spawn(process.execPath, [new URL('cluster-pass.ts', import.meta.url).pathname, String(PODS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const told = async () =>
    JSON.parse(((await lines.next()) as { value: string }).value) as Record<string, number | string>;
  const { url, jsonBytes } = await told();
  const before = heap();
  const cpu = cpuMillis();
  const started = performance.now();
  const known = new Cluster({ server: await ApiServer.connect({ url: String(url) }) });
  await known.settled();
  const settled = performance.now() - started;
  const names = heap() - before;
  const { pods, services } = known.names.counts;
  console.log(
    `cluster: ${pods} pods, ${services} services known after ${settled.toFixed(0)} ms, ${(cpuMillis() - cpu).toFixed(0)} ms of CPU`,
  );
  console.log(
    `  memory   ${megabytes(names)} of names; ${(names / Number(jsonBytes)).toFixed(3)} of the ${megabytes(Number(jsonBytes))} the API server sent`,
  );

  const beforeChurn = cpuMillis();
  server.stdin.write(`${CHANGES}\n`);
  const { last } = await told();
  while (known.names.name({ ip: String(last), port: 80 }, Date.now() * 1000).is !== 'pod')
    await new Promise((resolve) => setTimeout(resolve, 20));
  const perEvent = (cpuMillis() - beforeChurn) / (2 * CHANGES);
  console.log(
    `  rollout  ${(perEvent * 1000).toFixed(0)} µs of CPU an event; ${megabytes(heap() - before)} after ${CHANGES} pods were replaced`,
  );

  const { src } = anHttpEntry(0);
  const beforeNaming = cpuMillis();
  for (let n = 0; n < NAMINGS; n++)
    known.names.name({ ...src, ip: `10.${n & 15}.${(n >> 4) & 255}.1` }, Date.now() * 1000);
  console.log(`  naming   ${(((cpuMillis() - beforeNaming) / NAMINGS) * 1000).toFixed(2)} µs an end`);
  console.log(`  requests ${JSON.stringify(known.requests)}`);
  known.close();
  server.kill();
  await once(server, 'exit');
}
