import { expect, test } from 'vitest';
import { MAX_OPENINGS, Peer } from './call.ts';
import { type Method, methodOf } from './method.ts';

const ack = methodOf(0x3c0050) as Method;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('what calls begin with tells as much of the peer as is known', () => {
  expect(text(new Peer('/', 'shop').opening(ack, 2))).toBe(
    ',"rabbitmq":{"method":"basic.ack","channel":2,"vhost":"/","user":"shop"',
  );
  expect(text(new Peer(undefined, undefined).opening(ack, 0))).toBe(',"rabbitmq":{"method":"basic.ack","channel":0');
});

test(`of a method ${MAX_OPENINGS} channels are remembered, then those that come again`, () => {
  const peer = new Peer('/', 'shop');
  const first = peer.opening(ack, 0);
  for (let channel = 1; channel < MAX_OPENINGS; channel++) peer.opening(ack, channel);
  expect(peer.opening(ack, 0)).toBe(first);
  peer.opening(ack, MAX_OPENINGS);
  expect(peer.opening(ack, 0)).not.toBe(first);
  expect(text(peer.opening(ack, 0))).toBe(text(first));
});
