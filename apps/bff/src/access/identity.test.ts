import { AccessRules } from '@kubeshark/contract';
import { expect, test } from 'vitest';
import { type AccessPolicy, recognise } from './identity.ts';

const proxies = { has: (address: string | undefined) => address === '10.0.0.1' };
const policyOf = (rules: unknown): AccessPolicy => ({ rules: AccessRules.parse(rules), proxies });
const policy = policyOf({
  rules: [
    { user: 'anna', role: 'admin' },
    { group: 'shop', role: 'analyst', namespaces: ['shop', 'web'], filter: 'http' },
    { group: 'ops', role: 'admin' },
  ],
});
const from = (address: string, headers: Record<string, string | string[]>, rules = policy) =>
  recognise({ address, headers }, rules);

test('the proxy says who it is, with name, mail and groups', () => {
  const headers = {
    'remote-user': 'anna',
    'remote-groups': 'shop, ops ,',
    'remote-name': 'Anna B.',
    'remote-email': 'a@example.com',
  };
  expect(from('10.0.0.1', headers)).toMatchObject({
    kind: 'known',
    me: {
      user: 'anna',
      name: 'Anna B.',
      email: 'a@example.com',
      groups: ['shop', 'ops'],
      role: 'admin',
      source: 'proxy',
    },
  });
});

test('the first rule that fits decides, its namespaces and filter are one condition', () => {
  expect(from('10.0.0.1', { 'remote-user': 'bo', 'remote-groups': 'ops,shop' })).toMatchObject({
    me: { role: 'analyst', scope: '("shop" in namespaces or "web" in namespaces) and (http)' },
  });
});

test.each([
  ['nobody is signed in at the proxy', '10.0.0.1', {}, 'nobody'],
  ['an empty name', '10.0.0.1', { 'remote-user': ' ' }, 'nobody'],
  ['somebody no rule fits', '10.0.0.1', { 'remote-user': 'eve', 'remote-groups': 'other' }, 'nobody'],
  ['a group named after a star', '10.0.0.1', { 'remote-user': 'eve', 'remote-groups': '*' }, 'nobody'],
  ['headers from an address that is no proxy', '10.0.0.2', { 'remote-user': 'anna' }, 'forged'],
  ['one of the other headers from there', '10.0.0.2', { 'remote-groups': 'ops' }, 'forged'],
  ['headers from loopback', '127.0.0.1', { 'remote-user': 'anna' }, 'forged'],
  ['a proxy in X-Forwarded-For only', '10.0.0.2', { 'x-forwarded-for': '10.0.0.1', 'remote-user': 'anna' }, 'forged'],
  ['no headers from elsewhere', '10.0.0.2', {}, 'nobody'],
  ['a port-forward', '127.0.0.1', {}, 'known'],
])('%s: %s', (_name, address, headers, kind) => {
  expect(from(address, headers).kind).toBe(kind);
});

test('a port-forward can be turned away', () => {
  expect(from('127.0.0.1', {}, policyOf({ loopback: 'none' })).kind).toBe('nobody');
});

test('a star fits everybody who is signed in', () => {
  const everybody = policyOf({ rules: [{ group: '*', role: 'viewer' }] });
  expect(from('10.0.0.1', { 'remote-user': 'eve' }, everybody)).toMatchObject({ me: { role: 'viewer' } });
});
