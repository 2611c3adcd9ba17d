import { type Capability, type Me, type Role, roleCapabilities } from '@kubeshark/contract';
import { anHttpEntry } from '@kubeshark/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Access } from './access.ts';

const accessOf = (role: Role, scope?: string) => {
  const me: Me = { user: 'x', groups: [], role, capabilities: [...roleCapabilities[role]], source: 'proxy' };
  return new Access({ ...me, ...(scope !== undefined && { scope }) });
};
const inShop = anHttpEntry();
const elsewhere = anHttpEntry(1, {
  src: { ip: '10.9.0.1', port: 4000, namespace: 'secret' },
  dst: { ip: '10.9.0.2', port: 80, namespace: 'secret' },
});
const scope = '"shop" in namespaces';

describe('a scope', () => {
  test.each([
    [''],
    ['http'],
    ['http or true'],
    ['not false'],
    ['true # )'],
    ['http or "secret" in namespaces'],
    ['limit(5) and http'],
    ['http | where "secret" in namespaces'],
    ['request.path exists or not request.path exists'],
  ])('holds against %j', (query) => {
    const access = accessOf('analyst', scope);
    const { predicate, normal } = access.compileText(query);
    expect(predicate(elsewhere)).toBe(false);
    expect(normal).toMatch(/^"shop" in namespaces\b/);
    if (query.includes('|')) return;
    const { matches, where } = access.compile(query);
    expect(matches(elsewhere)).toBe(false);
    expect(where).toBeDefined();
  });

  test('holds against every combination of conditions', () => {
    const access = accessOf('analyst', scope);
    const term = fc.constantFrom(
      'http',
      'true',
      'dst.port > 0',
      'not redis',
      '"secret" in namespaces',
      'response == null',
    );
    const query = fc.letrec<{ query: string }>((tie) => ({
      query: fc.oneof(
        { maxDepth: 4 },
        term,
        fc
          .tuple(tie('query'), fc.constantFrom(' and ', ' or ', ' && ', ' || '), tie('query'))
          .map((parts) => parts.join('')),
        tie('query').map((inner) => `(${inner})`),
        tie('query').map((inner) => `not (${inner})`),
      ),
    })).query;
    fc.assert(fc.property(query, (text) => !access.compile(text).matches(elsewhere)));
  });

  test('lets through what is in it', () => {
    expect(accessOf('analyst', scope).compile('http').matches(inShop)).toBe(true);
    expect(accessOf('analyst', scope).compile('redis').matches(inShop)).toBe(false);
  });

  test('that is no condition opens nothing', () => {
    expect(() => accessOf('admin', 'http | count by endpoint')).toThrow('no condition');
    expect(() => accessOf('admin', 'http and')).toThrow();
  });

  test('hides an entry by its id', () => {
    expect(accessOf('analyst', scope).present(elsewhere)).toBeUndefined();
    expect(accessOf('analyst', scope).present(inShop)).toEqual(inShop);
  });
});

describe('a viewer', () => {
  const viewer = accessOf('viewer');

  test.each([
    ['request.body contains "x"', false],
    ['request.headers["authorization"] exists', false],
    ['request exists', false],
    ['http | stats count() by response.headers["set-cookie"]', false],
    ['http | where request.body contains "x"', false],
    ['redis.command == "GET"', false],
    ['kafka.topic == "orders"', false],
    ['made.up.path == 1', false],
    ['http and response.status >= 500', true],
    ['request.body.size > 1000', true],
    ['http | stats p95(response.latency), count() by endpoint', true],
    ['"shop" in namespaces and error', true],
  ])('may ask %s: %s', (query, isAllowed) => {
    if (isAllowed) expect(() => viewer.compileText(query)).not.toThrow();
    else expect(() => viewer.compileText(query)).toThrow('does not see');
  });

  test('sees a call without what it carried', () => {
    const entry = anHttpEntry(0, {
      request: {
        size: 9,
        method: 'POST',
        path: '/x',
        headers: { authorization: 'tok3n' },
        body: { size: 4, text: 'b0dy' },
      },
      http: { cookie: 'c00kie' },
    });
    const seen = viewer.present(entry);
    expect(seen).toMatchObject({
      id: entry.id,
      summary: entry.summary,
      request: { size: 9, method: 'POST', path: '/x' },
    });
    expect(JSON.stringify(seen)).not.toMatch(/tok3n|b0dy|c00kie/);
  });
});

test.each([
  ['viewer', ['read']],
  ['analyst', ['read', 'payloads', 'export', 'raw', 'record']],
  ['admin', ['read', 'payloads', 'export', 'raw', 'replay', 'record', 'change', 'audit']],
] as const)('%s may %j and nothing else', (role, allowed) => {
  const access = accessOf(role);
  const all: Capability[] = [...roleCapabilities.admin];
  expect(all.filter((capability) => access.can(capability))).toEqual(allowed);
  for (const capability of all) if (!access.can(capability)) expect(() => access.require(capability)).toThrow(role);
});
