import { expect, test } from 'vitest';
import { protocolOf, protocols } from './catalogue.ts';

test.each(protocols.map((protocol) => [protocol.id, protocol] as const))('%s is a whole row', (id, protocol) => {
  expect(id).toMatch(/^[a-z][a-z0-9]*$/);
  expect(protocol.badge).toMatch(/^[A-Z0-9]{2,6}$/);
  expect(protocol.hue).toBeGreaterThanOrEqual(0);
  expect(protocol.hue).toBeLessThan(360);
  expect(protocol.reference).toMatch(/^https:\/\//);
  expect(protocol.errors).toMatch(/\.$/);
  expect(protocol.sections.length).toBeGreaterThan(0);
});

test.each<[string, readonly (string | number)[]]>([
  ['ids and other names', protocols.flatMap(({ id, aliases = [] }) => [id, ...aliases])],
  ['badges', protocols.map(({ badge }) => badge)],
  ['hues', protocols.map(({ hue }) => hue)],
])('%s are distinct', (_, values) => {
  expect(new Set<string | number>(values).size).toBe(values.length);
});

test('a row is found by its id and by nothing else', () => {
  expect(protocolOf('redis')?.name).toContain('Redis');
  expect(protocolOf('constructor')).toBeUndefined();
});
