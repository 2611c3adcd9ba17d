import { expect, test } from 'vitest';
import { MAX_OPENINGS, Peer } from './call.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('what calls begin with tells as much of the peer as is known', () => {
  expect(text(new Peer('/', 'shop').opening('basic.ack', 2))).toBe(
    ',"rabbitmq":{"method":"basic.ack","channel":2,"vhost":"/","user":"shop"',
  );
  expect(text(new Peer(undefined, undefined).opening('basic.ack', 0))).toBe(
    ',"rabbitmq":{"method":"basic.ack","channel":0',
  );
});

test(`of a method ${MAX_OPENINGS} channels are remembered, then those that come again`, () => {
  const peer = new Peer('/', 'shop');
  const first = peer.opening('basic.ack', 0);
  for (let channel = 1; channel < MAX_OPENINGS; channel++) peer.opening('basic.ack', channel);
  expect(peer.opening('basic.ack', 0)).toBe(first);
  peer.opening('basic.ack', MAX_OPENINGS);
  expect(peer.opening('basic.ack', 0)).not.toBe(first);
  expect(text(peer.opening('basic.ack', 0))).toBe(text(first));
});
