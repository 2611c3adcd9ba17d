import { expect, onTestFinished, test } from 'vitest';
import { runDriver, startCassandra } from '../../../fixtures/cassandra/server.ts';
import { whyNoJvmTests } from '../../../fixtures/maven.ts';
import { freePort } from '../../../fixtures/private-server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { cassandra } from './index.ts';

/** Jars are downloaded the first time, and a node takes a minute to start on a loaded machine. */
const PATIENCE = 900_000;

test.skipIf(whyNoJvmTests !== undefined)(
  `a real Cassandra and its Java driver are understood (${whyNoJvmTests ?? 'a node from its jars'})`,
  async () => {
    const server = await startCassandra(await freePort());
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await Relay.to(server.port);
    await runDriver(relay.port);
    await relay.close();
    const found = relay.conversations.flatMap((turns) => dissectAll(cassandra, turns, { serverPort: server.port }));
    const endpoints = new Set(found.map(({ endpoint }) => endpoint));
    for (const start of ['STARTUP', 'CREATE', 'INSERT', 'SELECT', 'BATCH', 'PREPARE'])
      expect([...endpoints].some((endpoint) => endpoint.startsWith(start))).toBe(true);
    // The first byte of a connection is the version it asks for.
    const versions = relay.conversations.map(([first]) => first?.bytes[0]);
    expect(versions).toEqual(expect.arrayContaining([3, 4, 5]));
    expect(found.filter(({ anomalies }) => anomalies !== undefined)).toEqual([]);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  },
  PATIENCE,
);
