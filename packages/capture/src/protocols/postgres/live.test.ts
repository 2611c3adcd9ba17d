import { spawn } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../../fixtures/postgres/server.ts';
import { type Dissected, dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { postgres } from './index.ts';

/** A new cluster is made and started: seconds on a busy machine. */
const STARTUP_MILLIS = 120_000;

describe.skipIf(postgresPrograms === undefined)('a real PostgreSQL server (Debian: postgresql)', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, STARTUP_MILLIS);
  afterAll(() => server[Symbol.asyncDispose]());

  /** What is found in the connections that `talk` makes through a relay. */
  async function seen(talk: (port: number) => Promise<void>): Promise<readonly Dissected[][]> {
    const relay = await Relay.to(server.port);
    await talk(relay.port);
    await relay.close();
    return relay.conversations.map((turns) => [...dissectAll(postgres, turns)]);
  }

  const connected = async (port: number, user: string): Promise<pg.Client> => {
    const client = new pg.Client({ host: '127.0.0.1', port, user, password: server.secret, database: 'shop' });
    await client.connect();
    return client;
  };

  test('every call of a driver is there, with parameters, rows and errors, and without the password', async () => {
    const [calls = []] = await seen(async (port) => {
      const client = await connected(port, 'app');
      await client.query('CREATE TABLE live (id int PRIMARY KEY, name text)');
      const insert = { name: 'insert', text: 'INSERT INTO live VALUES ($1, $2)' };
      for (const id of [1, 2, 3]) await client.query({ ...insert, values: [id, `name ${id}`] });
      await client.query({ ...insert, values: [1, 'again'] }).catch(() => undefined);
      await client.query('SELECT * FROM live ORDER BY id');
      await client.end();
    });
    expect(calls.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['STARTUP', 0],
      ['CREATE live', 0],
      ['INSERT live', 0],
      ['INSERT live', 0],
      ['INSERT live', 0],
      ['INSERT live', '23505'],
      ['SELECT live', 0],
    ]);
    expect(calls[2]?.data?.['postgres']).toMatchObject({ parameters: ['1', 'name 1'], statement: 'insert', rows: 1 });
    expect(calls.at(-1)?.response).toMatchObject({ rows: [{ id: 1, name: 'name 1' }, { id: 2 }, { id: 3 }] });
    expect(JSON.stringify(calls)).not.toContain(server.secret);
  });

  test.each(['old', 'plain', 'trusted'] as const)('%s logs in its own way', async (user) => {
    const methods = { old: 'md5', plain: 'password', trusted: 'none' };
    const [calls = []] = await seen(async (port) => (await connected(port, user)).end());
    expect(calls).toMatchObject([
      { method: 'STARTUP', status: 0, data: { postgres: { authentication: methods[user] } } },
    ]);
    expect(JSON.stringify(calls)).not.toContain(server.secret);
  });

  test('psql copies in and out, after it was refused encryption', async () => {
    const [calls = []] = await seen(async (port) => {
      const env = { ...process.env, PGSSLMODE: 'prefer', PGGSSENCMODE: 'disable' };
      const psql = spawn('psql', ['-X', '-q', ...server.arguments('trusted', port)], {
        env,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      psql.stdin.end('CREATE TEMP TABLE t (n int);\nCOPY t FROM STDIN;\n1\n2\n\\.\nCOPY t TO STDOUT;\n');
      await once(psql, 'exit');
    });
    expect(calls.slice(2).map(({ data }) => data?.['postgres'])).toMatchObject([
      { rows: 2, copy: { direction: 'in', messages: 1 } },
      { rows: 2, copy: { direction: 'out', bytes: 4, messages: 2 } },
    ]);
  });

  test('the server’s word at its end is a call of its own', async () => {
    const [calls = []] = await seen(async (port) => {
      const client = await connected(port, 'trusted');
      client.on('error', () => undefined);
      const ended = new Promise((resolve) => void client.once('end', resolve));
      server.administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'trusted'");
      await ended;
    });
    expect(calls.at(-1)).toMatchObject({ method: 'ERROR', request: null, status: '57P01', error: true });
  });
});
