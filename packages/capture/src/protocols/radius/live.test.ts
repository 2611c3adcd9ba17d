import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { ask, radiusSecret, radiusUser, startRadius } from '../../../fixtures/radius/server.ts';
import { dissectAll, type Turn } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { radius } from './index.ts';

/** A loaded machine starts a server in seconds. */
const PATIENCE = 120_000;

/** Passes datagrams on and keeps what both sides say. */
async function datagramRelay(target: number) {
  const turns: Turn[] = [];
  const [front, back] = [createSocket('udp4').bind(0, '127.0.0.1'), createSocket('udp4').bind(0, '127.0.0.1')];
  await Promise.all([once(front, 'listening'), once(back, 'listening')]);
  let client = 0;
  front.on('message', (bytes, { port }) => {
    client = port;
    turns.push({ side: 'client', bytes });
    back.send(bytes, target, '127.0.0.1');
  });
  back.on('message', (bytes) => {
    turns.push({ side: 'server', bytes });
    front.send(bytes, client, '127.0.0.1');
  });
  const close = () => {
    front.close();
    back.close();
  };
  return { turns, port: front.address().port, close };
}

test.skipIf(!hasProgram('freeradius') || !hasProgram('radclient'))(
  'a real FreeRADIUS (freeradius, freeradius-utils) and its client are understood',
  async () => {
    const server = await startRadius();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = await datagramRelay(server.port);
    onTestFinished(relay.close);
    const { name, password } = radiusUser;
    const login = (secret: string) => [`User-Name = "${name}"`, secret];
    const asks = (secret: string) => ask({ port: relay.port, kind: 'auth', tries: 10, attributes: login(secret) });
    expect(await asks(`User-Password = "${password}"`)).toBe(true);
    expect(await asks(`CHAP-Password = "${password}"`)).toBe(true);
    expect(await asks('User-Password = "guess-of-mallory"')).toBe(false);
    const found = dissectAll(radius, relay.turns, { transport: 'udp', serverPort: server.port });
    expect(found.map(({ status, data }) => [status, data?.['radius']?.['user']])).toEqual([
      [0, name],
      [0, name],
      [3, name],
    ]);

    const stream = await Relay.to(server.port);
    const secret = `User-Password = "${password}"`;
    expect(await ask({ port: stream.port, kind: 'auth', transport: 'tcp', tries: 10, attributes: login(secret) })).toBe(
      true,
    );
    await stream.close();
    const [call] = dissectAll(radius, stream.conversations[0] ?? [], { serverPort: server.port });
    expect(call).toMatchObject({ status: 0, data: { radius: { reply: 'Access-Accept' } } });
    for (const hidden of [password, radiusSecret, 'guess-of-mallory', 'key-of-the-tunnel'])
      expect(JSON.stringify([found, call])).not.toContain(hidden);
  },
  PATIENCE,
);
