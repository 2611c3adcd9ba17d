import { expect, onTestFinished, test } from 'vitest';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { rabbitUser } from '../../../fixtures/rabbitmq/server.ts';
import { frame, StompClient } from '../../../fixtures/stomp/client.ts';
import { startStomp } from '../../../fixtures/stomp/server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { stomp } from './index.ts';

/** A loaded machine starts RabbitMQ in half a minute. */
const PATIENCE = 180_000;

test.skipIf(!hasProgram('rabbitmq-server'))(
  'a real RabbitMQ (rabbitmq-server) speaks STOMP and is understood',
  async () => {
    const server = await startStomp();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await Relay.to(server.port);
    const client = await StompClient.to(relay.port);
    const { username, password } = rabbitUser;
    const login = ['accept-version:1.2', 'host:/', `login:${username}`, `passcode:${password}`];
    await client.say(frame('CONNECT', login), /CONNECTED/);
    await client.say(frame('SUBSCRIBE', ['id:0', 'destination:/queue/sizes', 'receipt:sub']), /sub/);
    const sizes = [1, 4096, 300_000];
    for (const size of sizes) {
      const headers = ['destination:/queue/sizes', `content-length:${size}`, `receipt:r${size}`];
      await client.say(frame('SEND', headers, 'x'.repeat(size)), new RegExp(`receipt-id:r${size}\n`));
    }
    await client.say(frame('DISCONNECT', ['receipt:bye']), /bye/);
    await client.end();
    await relay.close();
    const found = dissectAll(stomp, relay.conversations[0] ?? [], { serverPort: server.port });
    const sent = found.filter(({ data }) => data?.['stomp']?.['command'] === 'SEND');
    expect(sent.map(({ request, status }) => [request?.body?.size, status])).toEqual(sizes.map((size) => [size, 0]));
    const messages = found.filter(({ request }) => request === null);
    expect(messages.map(({ response }) => response?.body?.size)).toEqual(sizes);
    expect(found.filter(({ error, anomalies }) => error || anomalies !== undefined)).toEqual([]);
    expect(JSON.stringify(found)).not.toContain(password);
  },
  PATIENCE,
);
