/** Captures of databases under load, recorded once on loopback and kept in .cache/bench. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadOrders } from '../packages/capture/fixtures/mongodb/load.ts';
import { hasFerretdb, startFerretdb } from '../packages/capture/fixtures/mongodb/server.ts';
import { startMariadb } from '../packages/capture/fixtures/mysql/server.ts';
import { postgresPrograms, startPostgres } from '../packages/capture/fixtures/postgres/server.ts';
import { sendMessages, typeStatements } from '../packages/capture/fixtures/tds/client.ts';
import { batch, call, int, nvarchar } from '../packages/capture/fixtures/tds/packets.ts';
import { startTds, tdsUser } from '../packages/capture/fixtures/tds/server.ts';
import { repeated } from './recorded.ts';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');
export const POSTGRES_PORT = 55_432;
export const MYSQL_PORT = 53_306;
export const MONGODB_PORT = 52_017;
export const TDS_PORT = 51_433;
const TDS_CONNECTIONS = 8;
const TDS_ROUNDS = 1000;
/** What FerretDB says in a minute is too little to be measured: with this it is two million packets as well. */
const MONGODB_TIMES = 16;
/** Some two million packets of each, so that the start is not what is measured; above 80,000 of FerretDB, which is slower. */
const ENOUGH_BYTES = new Map([
  [MONGODB_PORT, 20_000_000],
  [TDS_PORT, 360_000_000],
]);
const MOST_BYTES = 250_000_000;

/** Records `port` while `load` runs again and again, until there is enough. */
async function recorded(name: string, port: number, load: () => Promise<unknown>): Promise<string> {
  const enough = ENOUGH_BYTES.get(port) ?? MOST_BYTES;
  const file = path.join(folder, name);
  const partial = `${file}.partial`;
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, `tcp port ${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(tcpdump.stderr, 'data');
  while (!existsSync(partial) || statSync(partial).size < enough) await load();
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

const slapTable =
  "CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, name varchar(40), price double); INSERT INTO orders VALUES (7, 'lamp', 19.5)";
const slapStatements =
  "SELECT id, name, price FROM orders WHERE id = 7; INSERT INTO orders (name, price) VALUES ('desk', 120); UPDATE orders SET price = 20 WHERE id = 7";

/** mariadb-slap with three statements, from eight connections. */
export async function mysqlStatements(): Promise<string> {
  const file = path.join(folder, 'mysql-statements.pcap');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const server = await startMariadb({ port: MYSQL_PORT });
  server.administer('GRANT ALL ON *.* TO open@localhost');
  const slap = [`--create=${slapTable}`, `--query=${slapStatements}`, '--delimiter=;', '-c', '8'];
  try {
    return await recorded(path.basename(file), MYSQL_PORT, () =>
      once(
        spawn('mariadb-slap', [...server.arguments('open'), ...slap, '--number-of-queries=30000'], { stdio: 'ignore' }),
        'exit',
      ),
    );
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/** Finds of the official driver; undefined without a server. */
export async function mongodbCommands(): Promise<string | undefined> {
  const file = path.join(folder, 'mongodb-commands.pcap');
  if (existsSync(file)) return repeated(file, MONGODB_TIMES);
  if (!hasFerretdb) return undefined;
  mkdirSync(folder, { recursive: true });
  const server = await startFerretdb({ port: MONGODB_PORT });
  try {
    return repeated(await recorded(path.basename(file), MONGODB_PORT, () => loadOrders(server)), MONGODB_TIMES);
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/**
 * The project's own server of TDS, as there is no SQL Server to be had, and what FreeTDS and drivers say to it: batches,
 * statements with parameters, and prepared ones that are run again.
 */
export async function tdsStatements(): Promise<string> {
  const file = path.join(folder, 'tds-statements-long.pcap');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const server = await startTds(TDS_PORT);
  const statement = nvarchar('SELECT id, item, note FROM orders WHERE id = @id');
  const declaration = nvarchar('@id int');
  const messages = Array.from({ length: TDS_ROUNDS }, (_, id) => [
    batch(`SELECT id, item, note FROM dbo.orders WHERE item = N'lamp ${id}'`),
    call(10, [
      ['', statement],
      ['', declaration],
      ['@id', int(id)],
    ]),
    call(12, [
      ['', int(1)],
      ['', int(id)],
    ]),
    batch(`UPDATE orders SET item = 'x' WHERE id < ${id}`),
  ]).flat();
  const prepare = call(13, [
    ['', int(null), 1],
    ['', declaration],
    ['', statement],
    ['', int(7)],
  ]);
  try {
    return await recorded(path.basename(file), TDS_PORT, async () => {
      await typeStatements(TDS_PORT, tdsUser, ['SELECT * FROM orders']);
      const connections = Array.from({ length: TDS_CONNECTIONS }, () => sendMessages(TDS_PORT, [prepare, ...messages]));
      await Promise.all(connections);
    });
  } finally {
    await server[Symbol.asyncDispose]();
  }
}
