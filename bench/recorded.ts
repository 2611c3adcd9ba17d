/** Records what a program and its server say on loopback, once: it is kept in .cache/bench. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');

/** Records what `talk` says to the ports, unless that has been done before. */
export async function recorded(
  name: string,
  talk: (record: (...ports: readonly number[]) => Promise<void>) => Promise<void>,
): Promise<string> {
  const file = path.join(folder, `${name}.pcap`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const partial = `${file}.partial`;
  let tcpdump: ChildProcess | undefined;
  await talk(async (...ports) => {
    const args = [
      '-i',
      'lo',
      '-B',
      '65536',
      '-Z',
      'root',
      '-w',
      partial,
      ports.map((port) => `port ${port}`).join(' or '),
    ];
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

const FILE_HEAD_BYTES = 24;
const PACKET_HEAD_BYTES = 16;

/** The same recording again and again, each time later: for servers that take long to say enough. Little endian, whole packets. */
export function repeated(file: string, times: number): string {
  const longer = file.replace(/\.pcap$/, `-${times}-times.pcap`);
  if (existsSync(longer)) return longer;
  const bytes = readFileSync(file);
  const firstSecond = bytes.readUInt32LE(FILE_HEAD_BYTES);
  let end = FILE_HEAD_BYTES;
  let lastSecond = firstSecond;
  const seconds: number[] = [];
  while (end + PACKET_HEAD_BYTES <= bytes.length) {
    const next = end + PACKET_HEAD_BYTES + bytes.readUInt32LE(end + 8);
    if (next > bytes.length) break;
    seconds.push(end);
    lastSecond = Math.max(lastSecond, bytes.readUInt32LE(end));
    end = next;
  }
  writeFileSync(`${longer}.partial`, bytes.subarray(0, FILE_HEAD_BYTES));
  for (let time = 0; time < times; time++) {
    appendFileSync(`${longer}.partial`, bytes.subarray(FILE_HEAD_BYTES, end));
    for (const at of seconds) bytes.writeUInt32LE(bytes.readUInt32LE(at) + lastSecond - firstSecond + 1, at);
  }
  renameSync(`${longer}.partial`, longer);
  return longer;
}

/** Ends the server when all is said. */
export async function withServer(server: AsyncDisposable, talk: () => Promise<void>): Promise<void> {
  try {
    await talk();
  } finally {
    await server[Symbol.asyncDispose]();
  }
}
