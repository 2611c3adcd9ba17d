import path from 'node:path';
import { expect, test } from 'vitest';
import { PLAIN_PORT, runJava, startBroker } from '../../../fixtures/kafka/broker.ts';
import { CURRENT } from '../../../fixtures/kafka/jars.ts';
import { whyNoJvmTests } from '../../../fixtures/maven.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { kafka } from './index.ts';

/** Jars are downloaded the first time, and a broker takes half a minute to start on a loaded machine. */
const PATIENCE = 900_000;
const orders = path.resolve(import.meta.dirname, '../../../fixtures/kafka/orders/Orders.java');

test.skipIf(whyNoJvmTests !== undefined)(
  `a real Kafka and its clients are understood (${whyNoJvmTests ?? 'a broker from its jars'})`,
  async () => {
    // Clients come back to where the broker says it is: the relay.
    const relay = await Relay.to(PLAIN_PORT);
    const broker = await startBroker(CURRENT, relay.port);
    try {
      await runJava(orders, CURRENT, [`127.0.0.1:${relay.port}`]);
    } finally {
      await broker.stop();
    }
    // The broker talks to itself through the relay until it ends.
    await relay.close();
    const found = relay.conversations.flatMap((turns) => dissectAll(kafka, turns, { serverPort: PLAIN_PORT }));
    const facts = found.map(({ data }) => data?.['kafka'] ?? {});
    const names = new Set(facts.map(({ apiName }) => apiName));
    for (const name of ['ApiVersions', 'Metadata', 'CreateTopics', 'Produce', 'Fetch', 'ListOffsets', 'EndTxn'])
      expect(names).toContain(name);
    // Produce names its topic by an id, which Metadata tells, mostly on another connection.
    expect(facts.flatMap(({ topic }) => topic)).toContain('orders');
    expect(facts.filter(({ apiName, value }) => apiName === 'Produce' && value !== undefined).length).toBeGreaterThan(
      0,
    );
    expect(found.filter(({ anomalies }) => anomalies !== undefined)).toEqual([]);
  },
  PATIENCE,
);
