import { spawn } from 'node:child_process';
import { once } from 'node:events';
import mariadb from 'mariadb';
import mysql2 from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MariadbServer, mariadbd, startMariadb } from '../../../fixtures/mysql/server.ts';
import { type Dissected, dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { mysql } from './index.ts';

/** A new data folder is made and the server started: seconds on a busy machine. */
const STARTUP_MILLIS = 120_000;

describe.skipIf(mariadbd === undefined)('a real MariaDB server (Debian: mariadb-server)', () => {
  let server: MariadbServer;
  beforeAll(async () => {
    server = await startMariadb();
  }, STARTUP_MILLIS);
  afterAll(() => server[Symbol.asyncDispose]());

  /** What is found in the connections that `talk` makes through a relay. */
  async function seen(talk: (port: number) => Promise<unknown>): Promise<readonly Dissected[][]> {
    const relay = await Relay.to(server.port);
    await talk(relay.port);
    await relay.close();
    return relay.conversations.map((turns) => [...dissectAll(mysql, turns)]);
  }

  test('every call of a driver is there, with parameters, rows and errors, and without the password', async () => {
    const [calls = []] = await seen(async (port) => {
      const place = { host: '127.0.0.1', port, user: 'app', password: server.secret, database: 'shop' };
      const client = await mysql2.createConnection(place);
      await client.query('CREATE TABLE live (id int PRIMARY KEY, name varchar(40))');
      for (const id of [1, 2]) await client.execute('INSERT INTO live VALUES (?, ?)', [id, `name ${id}`]);
      await client.execute('INSERT INTO live VALUES (?, ?)', [1, 'again']).catch(() => undefined);
      await client.execute('SELECT * FROM live ORDER BY id');
      await client.end();
    });
    expect(calls.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['LOGIN', 0],
      ['CREATE live', 0],
      ['PREPARE', 0],
      ['INSERT live', 0],
      ['INSERT live', 0],
      ['INSERT live', 1062],
      ['PREPARE', 0],
      ['SELECT live', 0],
    ]);
    expect(calls[3]?.data?.['mysql']).toMatchObject({ parameters: [1, 'name 1'], rows: 1 });
    expect(calls.at(-1)?.response).toMatchObject({ rows: [{ id: 1, name: 'name 1' }, { id: 2 }] });
    expect(JSON.stringify(calls)).not.toContain(server.secret);
  });

  test.each(['--skip-compress', '--compress'])('the client’s thousand rows are counted, with %s', async (option) => {
    const [calls = []] = await seen(async (port) => {
      const args = [...server.arguments('open', port), option, '-e', 'SELECT seq FROM seq_1_to_1000', 'shop'];
      await once(spawn('mariadb', args, { stdio: 'ignore' }), 'exit');
    });
    expect(calls.at(-1)).toMatchObject({
      endpoint: 'SELECT seq_1_to_1000',
      status: 0,
      data: { mysql: { rows: 1000 } },
    });
    expect(calls.at(-1)?.response).toMatchObject({ rows: expect.arrayContaining([{ seq: 20 }]) });
  });

  test('MariaDB’s bulk execution has a list of parameters for each row', async () => {
    const [calls = []] = await seen(async (port) => {
      const place = { host: '127.0.0.1', port, user: 'app', password: server.secret, database: 'shop' };
      const connector = await mariadb.createConnection({ ...place, bulk: true });
      await connector.query('CREATE TABLE bulk (id int, name varchar(20))');
      await connector.batch('INSERT INTO bulk VALUES (?, ?)', [
        [1, 'open'],
        [2, null],
      ]);
      await connector.end();
    });
    const sets = [
      [1, 'open'],
      [2, null],
    ];
    expect(calls.at(-1)).toMatchObject({ endpoint: 'INSERT bulk', data: { mysql: { parameters: sets, rows: 2 } } });
  });
});
