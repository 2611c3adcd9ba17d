import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FerretdbServer, hasFerretdb, startFerretdb } from '../../../fixtures/mongodb/server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { mongodb } from './index.ts';

describe.skipIf(!hasFerretdb)('a real FerretDB server (ferretdb on the PATH; Debian has none)', () => {
  let server: FerretdbServer;
  beforeAll(async () => {
    server = await startFerretdb();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  test('every call of the driver is there, with filters, counts and errors, and without the password', async () => {
    const relay = await Relay.to(server.port);
    const url = `mongodb://app:${server.secret}@127.0.0.1:${relay.port}/shop?authSource=shop&authMechanism=SCRAM-SHA-256`;
    const driver = await new MongoClient(url, { directConnection: true, maxPoolSize: 1 }).connect();
    const live = driver.db('shop').collection<{ _id: number; open: boolean }>('live');
    await live.insertMany([1, 2, 3].map((_id) => ({ _id, open: _id > 1 })));
    await live.insertOne({ _id: 1, open: true }).catch(() => undefined);
    await live.find({ open: true }, { batchSize: 1 }).toArray();
    await driver.close();
    await relay.close();
    const calls = relay.conversations.flatMap((turns) => dissectAll(mongodb, turns));
    const ours = calls.filter(({ endpoint }) => endpoint.endsWith(' live'));
    expect(ours.map(({ endpoint, status, data }) => [endpoint, status, data?.['mongodb']?.['documents']])).toEqual([
      ['insert live', 0, 3],
      ['insert live', 11000, 0],
      ['find live', 0, 1],
      ['getMore live', 0, 1],
      ['getMore live', 0, 0],
    ]);
    expect(ours.at(-1)?.data?.['mongodb']).toMatchObject({ user: 'app', origin: 'find {"open":true}' });
    expect(JSON.stringify(calls)).not.toContain(server.secret);
  });
});
