import { expect, test } from 'vitest';
import { addressesOf, isLoopback } from './addresses.ts';

const has = (list: readonly string[], address: string | undefined) => {
  const addresses = addressesOf(list);
  return 'fault' in addresses ? addresses.fault : addresses.has(address);
};

test.each([
  ['the address itself', ['10.0.0.1'], '10.0.0.1', true],
  ['another address', ['10.0.0.1'], '10.0.0.2', false],
  ['one of a network', ['10.0.0.0/8'], '10.200.3.4', true],
  ['an IPv4 peer of a socket for both families', ['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  ['one of an IPv6 network', ['fd00::/8'], 'fd12::1', true],
  ['an IPv4 address and an IPv6 network', ['::/0'], '10.0.0.1', false],
  ['no address', ['10.0.0.0/8'], undefined, false],
  ['a name in place of an address', ['10.0.0.0/8'], 'traefik', false],
  ['nothing trusted', [], '127.0.0.1', false],
])('%s', (_name, list, address, expected) => {
  expect(has(list, address)).toBe(expected);
});

test.each(['traefik', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/x', '', 'fd00::/129'])('%j is told', (text) => {
  expect(has([text], '10.0.0.1')).toContain('neither an address');
});

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::ffff:127.0.0.1', true],
  ['::1', true],
  ['10.127.0.1', false],
  [undefined, false],
])('loopback: %s %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
