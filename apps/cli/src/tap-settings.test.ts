import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileQuery } from './query.ts';
import {
  agentEnvironment,
  clusterNames,
  flatTapSettings,
  hubEnvironment,
  isAboutCapture,
  narrowed,
  readTapSettings,
  tapNames,
} from './tap-settings.ts';

interface SchemaPart {
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  readonly additionalProperties?: boolean;
}

/** Names of the chart's values below a place: those of closed objects, one by one. */
function namesIn(part: SchemaPart, prefix: string): string[] {
  return Object.entries(part.properties ?? {}).flatMap(([key, inner]) => {
    const name = `${prefix}.${key}`;
    return inner.properties === undefined || clusterNames.includes(name) ? [name] : namesIn(inner, name);
  });
}

test('the names are those of the chart', () => {
  const file = new URL('../../../deploy/helm/kubeshark/values.schema.json', import.meta.url);
  const { properties } = JSON.parse(readFileSync(file, 'utf8')) as { properties: { tap: SchemaPart } };
  expect([...tapNames, ...clusterNames].toSorted()).toEqual(namesIn(properties.tap, 'tap').toSorted());
});

test.each([
  ['a flag', { 'tap.record': 'true' }, { record: true }],
  ['a list', { 'tap.namespaces': 'shop,cart' }, { namespaces: ['shop', 'cart'] }],
  ['a list as Helm writes it', { 'tap.services': '{shop/cart,web}' }, { services: ['shop/cart', 'web'] }],
  ['a list of the file', { 'tap.namespaces': ['shop'] }, { namespaces: ['shop'] }],
  ['a number', { 'tap.maxCapturedSize': '64' }, { maxCapturedSize: 64 }],
  ['no ring', { 'tap.ring.bytes': '0' }, { 'ring.bytes': 0 }],
  ['an inner value', { 'tap.tlsKeys.keyLog': '/var/keys.log' }, { 'tlsKeys.keyLog': '/var/keys.log' }],
])('%s is read', (_name, pairs, expected) => {
  expect(readTapSettings(pairs)).toEqual(expected);
});

test.each([
  ['a misspelled name', { 'tap.recrod': 'true' }, 'There is no setting tap.recrod. Did you mean tap.record?'],
  ['a name without tap', { namespaces: 'shop' }, 'There is no setting namespaces. Did you mean tap.namespaces?'],
  ['a name far from all', { 'hub.replicas': '2' }, 'There is no setting hub.replicas. There are tap.namespaces, '],
  ['an object', { 'tap.ring': '1' }, 'There is no setting tap.ring. '],
  [
    'a value of the installation',
    { 'tap.resources.limits.memory': '1Gi' },
    'helm upgrade --set tap.resources.limits.memory',
  ],
  ['a toleration', { 'tap.tolerations[0].key': 'x' }, 'is a setting of the installation'],
  ['a flag that is none', { 'tap.record': 'maybe' }, 'tap.record=maybe is wrong: '],
  ['a way nobody knows', { 'tap.packetCapture': 'psychic' }, 'tap.packetCapture=psychic is wrong: '],
  ['too small a ring', { 'tap.ring.bytes': '1000' }, 'tap.ring.bytes=1000 is wrong: '],
  ['a namespace that is none', { 'tap.namespaces': 'Shop!' }, 'tap.namespaces=Shop! is wrong: '],
])('%s is refused', (_name, pairs, message) => {
  expect(() => readTapSettings(pairs)).toThrow(message);
});

test('each setting of the capture reaches the agent, each of the targets the hub', () => {
  const settings = readTapSettings({
    'tap.interface': 'eth0',
    'tap.packetCapture': 'libpcap',
    'tap.packetFilter': 'tcp port 80',
    'tap.maxCapturedSize': '2',
    'tap.tls': 'true',
    'tap.tlsKeys.keyLog': '/keys',
    'tap.ring.bytes': '16777216',
    'tap.logLevel': 'debug',
    'tap.namespaces': 'a,b',
    'tap.record': 'true',
  });
  expect(agentEnvironment(settings)).toEqual({
    KUBESHARK_INTERFACE: 'eth0',
    KUBESHARK_PACKET_CAPTURE: 'libpcap',
    KUBESHARK_PACKET_FILTER: 'tcp port 80',
    KUBESHARK_MAX_CAPTURED_SIZE: '2048',
    KUBESHARK_TLS_KEYS: '/keys',
    KUBESHARK_RING_BYTES: '16777216',
    KUBESHARK_LOG_LEVEL: 'debug',
  });
  expect(hubEnvironment(settings)).toMatchObject({ KUBESHARK_TAP_NAMESPACES: 'a,b', KUBESHARK_RECORD: 'true' });
  expect(agentEnvironment(readTapSettings({ 'tap.tls': 'false', 'tap.tlsKeys.keyLog': '/keys' }))).toEqual({});
  expect([{ 'tap.namespaces': 'a' }, { 'tap.interface': 'lo' }].map(readTapSettings).map(isAboutCapture)).toEqual([
    false,
    true,
  ]);
});

const end = (namespace: string | undefined, more: object = {}) => ({
  ip: '10.0.0.1',
  port: 1,
  ...(namespace && { namespace }),
  ...more,
});

test.each([
  ['namespaces', { 'tap.namespaces': 'shop' }, [end('shop'), end('bank')], true],
  ['other namespaces', { 'tap.namespaces': 'shop' }, [end('bank'), end('bank')], false],
  ['namespaces left out', { 'tap.excludedNamespaces': 'bank' }, [end('bank'), end('bank')], false],
  ['one end left out', { 'tap.excludedNamespaces': 'bank' }, [end('bank'), end('shop')], true],
  ['a client from outside', { 'tap.excludedNamespaces': 'bank' }, [end(undefined), end('bank')], false],
  ['pods by name', { 'tap.regex': '^cart-' }, [end('a'), end('a', { pod: 'cart-7' })], true],
  ['other pods', { 'tap.regex': '^cart-' }, [end('a'), end('a', { pod: 'old-cart-7' })], false],
  ['a service', { 'tap.services': 'shop/cart' }, [end('a'), end('shop', { service: 'cart' })], true],
  ['a service of another namespace', { 'tap.services': 'shop/cart' }, [end('a'), end('b', { service: 'cart' })], false],
  ['one of two services', { 'tap.services': 'web,cart' }, [end('a'), end('b', { service: 'cart' })], true],
] as const)('%s narrow the query to what would have been captured', (_name, pairs, [src, dst], expected) => {
  const { predicate } = compileQuery(narrowed('http or redis', readTapSettings(pairs)));
  expect(predicate({ protocol: 'http', protocols: ['http'], src, dst } as never)).toBe(expected);
  expect(predicate({ protocol: 'dns', protocols: ['dns'], src, dst } as never)).toBe(false);
});

test('a query without such settings stays as it is; labels are for capturing', () => {
  expect(narrowed('http', readTapSettings({ 'tap.interface': 'lo' }))).toBe('http');
  expect(narrowed('', {})).toBe('');
  expect(() => narrowed('', { labelSelector: 'app=cart' })).toThrow('tap.labelSelector');
});

test('the values of a file are the same by another way', () => {
  const tap = { namespaces: ['shop'], ring: { bytes: 0 }, tlsKeys: { keyLog: '/k' } };
  expect(flatTapSettings(tap)).toEqual({ 'tap.namespaces': ['shop'], 'tap.ring.bytes': 0, 'tap.tlsKeys.keyLog': '/k' });
});
