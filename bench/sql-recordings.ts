/** Captures of databases under load, recorded once on loopback and kept in .cache/bench. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { postgresPrograms, startPostgres } from '../packages/capture/fixtures/postgres/server.ts';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');
export const POSTGRES_PORT = 55_432;
/** Above 250,000 packets. */
const ENOUGH_BYTES = 40_000_000;

/** Records `port` while `load` runs again and again, until there is enough. */
async function recorded(name: string, port: number, load: () => Promise<unknown>): Promise<string> {
  const file = path.join(folder, name);
  const partial = `${file}.partial`;
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, `tcp port ${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(tcpdump.stderr, 'data');
  while (!existsSync(partial) || statSync(partial).size < ENOUGH_BYTES) await load();
  await wait(1500);
  tcpdump.kill('SIGINT');
  await once(tcpdump, 'exit');
  renameSync(partial, file);
  console.log(`recorded ${name}: ${Math.round(statSync(file).size / 1e6)} MB`);
  return file;
}

/** pgbench's bank: seven statements a transaction, prepared and as text in turns, from eight connections. */
export async function postgresTransactions(): Promise<string> {
  const file = path.join(folder, 'postgres-transactions.pcap');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const server = await startPostgres({ port: POSTGRES_PORT });
  const pgbench = path.join(postgresPrograms ?? '', 'pgbench');
  const env = { ...process.env, PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' };
  execFileSync(pgbench, ['-i', '-q', ...server.arguments('trusted')], { env, stdio: 'ignore' });
  const modes = ['prepared', 'simple'];
  try {
    return await recorded(path.basename(file), POSTGRES_PORT, async () => {
      const mode = modes.shift() ?? 'prepared';
      modes.push(mode);
      const args = ['-n', '-M', mode, '-c', '8', '-T', '5', ...server.arguments('trusted')];
      await once(spawn(pgbench, args, { env, stdio: 'ignore' }), 'exit');
    });
  } finally {
    await server[Symbol.asyncDispose]();
  }
}
