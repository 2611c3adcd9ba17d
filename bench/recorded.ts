/** Records what a program and its server say on loopback, once: it is kept in .cache/bench. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');

/** Records what `talk` says to a port, unless that has been done before. */
export async function recorded(
  name: string,
  talk: (record: (port: number) => Promise<void>) => Promise<void>,
): Promise<string> {
  const file = path.join(folder, `${name}.pcap`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const partial = `${file}.partial`;
  let tcpdump: ChildProcess | undefined;
  await talk(async (port) => {
    const args = ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, `port ${port}`];
    tcpdump = spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    if (tcpdump.stderr !== null) await once(tcpdump.stderr, 'data');
  });
  await wait(1500);
  tcpdump?.kill('SIGINT');
  if (tcpdump !== undefined) await once(tcpdump, 'exit');
  renameSync(partial, file);
  console.log(`recorded ${path.basename(file)}: ${Math.round(statSync(file).size / 1e6)} MB`);
  return file;
}

/** Ends the server when all is said. */
export async function withServer(server: AsyncDisposable, talk: () => Promise<void>): Promise<void> {
  try {
    await talk();
  } finally {
    await server[Symbol.asyncDispose]();
  }
}
