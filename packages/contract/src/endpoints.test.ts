import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Endpoint, endpoints } from './endpoints.ts';

const rows: readonly (readonly [string, Endpoint])[] = Object.entries(endpoints);

test('no two endpoints share method and path', () => {
  const addresses = rows.map(([, { method, path }]) => `${method} ${path}`);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test.each(rows)('%s declares exactly the parameters of its path', (_name, { path, params }) => {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  const declared = params instanceof z.ZodObject ? Object.keys(params.shape) : [];
  expect(declared).toEqual(inPath);
});

test.each(rows)('%s has a JSON schema', (_name, { query, body, response }) => {
  for (const schema of [query, body]) if (schema !== undefined) z.toJSONSchema(schema, { io: 'input' });
  z.toJSONSchema(response, { io: 'output' });
});
