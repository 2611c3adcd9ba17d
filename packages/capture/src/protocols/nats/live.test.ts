import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { natsUser, startNats } from '../../../fixtures/nats/server.ts';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { nats } from './index.ts';

/** A loaded machine starts a server in seconds. */
const PATIENCE = 120_000;

test.skipIf(!hasProgram('nats-server'))(
  'a real NATS server (nats-server) and its client are understood',
  async () => {
    const server = await startNats();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await Relay.to(server.port);
    const connection = await connect({ servers: `127.0.0.1:${relay.port}`, ...natsUser, reconnect: false });
    const service = connection.subscribe('double');
    void (async () => {
      for await (const message of service) message.respond(Buffer.concat([message.data, message.data]));
    })();
    const sizes = [0, 1, 4096, 300_000];
    for (const size of sizes) {
      await connection.request('double', Buffer.alloc(size, 'x'), { timeout: PATIENCE });
    }
    const manager = await jetstreamManager(connection, { timeout: PATIENCE });
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    await manager.consumers.add('ORDERS', { durable_name: 'billing', ack_policy: AckPolicy.Explicit });
    const stream = jetstream(connection, { timeout: PATIENCE });
    await stream.publish('orders.new', 'one');
    const consumer = await stream.consumers.get('ORDERS', 'billing');
    const message = await consumer.next({ expires: PATIENCE });
    await message?.ackAck();
    await connection.close();
    await relay.close();
    const found = dissectAll(nats, relay.conversations[0] ?? [], { serverPort: server.port });
    const asked = found.filter(
      ({ data }) => data?.['nats']?.['subject'] === 'double' && data['nats']['replyTo'] !== undefined,
    );
    const calls = asked.filter(({ request }) => request !== null);
    expect(calls.map(({ request }) => request?.body?.size ?? 0)).toEqual(sizes);
    expect(calls.map(({ response }) => response?.body?.size ?? 0)).toEqual(sizes.map((size) => 2 * size));
    const pulls = found.filter(({ data }) => data?.['nats']?.['operation'] === 'CONSUMER.MSG.NEXT');
    expect(pulls).toMatchObject([
      { response: { body: { text: 'one' } }, data: { nats: { stream: 'ORDERS', sequence: 1 } } },
    ]);
    expect(found.some(({ data }) => data?.['nats']?.['acknowledgement'] === '+ACK')).toBe(true);
    expect(found.filter(({ error, anomalies }) => error || anomalies !== undefined)).toEqual([]);
    expect(JSON.stringify(found)).not.toContain(natsUser.pass);
  },
  PATIENCE,
);
