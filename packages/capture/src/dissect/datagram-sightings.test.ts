import { expect, test } from 'vitest';
import { DatagramSightings } from './datagram-sightings.ts';
import { WireScript } from './testing/wire-script.ts';

const at = (micros: number, interfaceId: number, data = 'the same datagram', clientPort = 40_000) => {
  const packet = new WireScript({ clientPort }).udp('client', data);
  return Object.assign(packet, { at: micros, interfaceId });
};

test.each([
  ['on another interface at once', at(1_000_100, 2), true],
  ['on another interface, stamped a little earlier', at(999_900, 2), true],
  ['on the same interface: two datagrams', at(1_000_100, 1), false],
  ['on another interface much later: sent again', at(1_005_000, 2), false],
  ['another payload', at(1_000_100, 2, 'the same datagraM'), false],
  ['another length', at(1_000_100, 2, 'the same datagram!'), false],
  ['another port', at(1_000_100, 2, 'the same datagram', 40_001), false],
])('seen again %s', (_name, packet, isKnown) => {
  const sightings = new DatagramSightings();
  expect(sightings.isKnown(at(1_000_000, 1))).toBe(false);
  expect(sightings.isKnown(packet)).toBe(isKnown);
});

test('a datagram that passes three interfaces is one', () => {
  const sightings = new DatagramSightings();
  expect([1, 2, 3].map((interfaceId) => sightings.isKnown(at(1_000_000 + interfaceId, interfaceId)))).toEqual([
    false,
    true,
    true,
  ]);
});
