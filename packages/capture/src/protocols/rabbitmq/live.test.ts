import amqp from 'amqplib';
import { expect, onTestFinished, test } from 'vitest';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { rabbitUser, startRabbit } from '../../../fixtures/rabbitmq/server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { rabbitmq } from './index.ts';

/** Erlang starts slowly on a machine that has other work. */
const PATIENCE = 180_000;

test.skipIf(!hasProgram('rabbitmq-server'))(
  'a real RabbitMQ (rabbitmq-server) and amqplib are understood',
  async () => {
    const rabbit = await startRabbit();
    onTestFinished(() => rabbit[Symbol.asyncDispose]());
    const relay = await Relay.to(rabbit.port);
    const connection = await amqp.connect({ ...rabbitUser, hostname: '127.0.0.1', port: relay.port, frameMax: 4096 });
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('live', { durable: false });
    const sizes = [0, 1, 4088, 4089, 50_000];
    for (const size of sizes) channel.sendToQueue('live', Buffer.alloc(size, 'x'), { headers: { size } });
    await channel.waitForConfirms();
    for (const _ of sizes) {
      const message = await channel.get('live');
      if (message !== false) channel.ack(message);
    }
    await channel.close();
    await connection.close();
    await relay.close();
    const found = dissectAll(rabbitmq, relay.conversations[0] ?? [], { serverPort: rabbit.port });
    const bodies = (name: string, half: 'request' | 'response') =>
      found.filter(({ method }) => method === name).map((call) => call[half]?.body?.size ?? 0);
    expect(bodies('basic.publish', 'request').toSorted((a, b) => a - b)).toEqual(sizes);
    expect(bodies('basic.get', 'response')).toEqual(sizes);
    expect(found.filter(({ error, anomalies }) => error || anomalies !== undefined)).toEqual([]);
    expect(found.map(({ method }) => method)).toEqual([
      'connection.open',
      'channel.open',
      'confirm.select',
      'queue.declare',
      ...sizes.map(() => 'basic.publish'),
      ...sizes.flatMap(() => ['basic.get', 'basic.ack']),
      'channel.close',
      'connection.close',
    ]);
    expect(JSON.stringify(found)).not.toContain(rabbitUser.password);
  },
  PATIENCE,
);
