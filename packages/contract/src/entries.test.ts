import { type Entry as ModelEntry, rowOf } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { Entry, EntryRow } from './entries.ts';

const entry: ModelEntry = {
  id: '7208960000000000001',
  timestamp: 1_760_000_000_000_000,
  node: 'node-1',
  protocol: 'http',
  protocols: ['http'],
  src: { ip: '10.0.0.1', port: 40_000, name: 'frontend', namespace: 'shop' },
  dst: { ip: '10.0.0.2', port: 80 },
  request: { size: 120, method: 'GET', path: '/', headers: { Accept: '*/*' } },
  response: { size: 300, status: 200, latency: 1.5 },
  method: 'GET',
  endpoint: 'GET /',
  summary: 'GET /',
  status: 200,
  error: false,
  latency: 1.5,
  connection: { id: 'c1', transport: 'tcp', index: 0 },
  capture: { source: 'file' },
  redis: { command: 'GET' },
};

test("the schemas pass model's entries through unchanged", () => {
  expect(Entry.parse(entry)).toEqual(entry);
  expect(EntryRow.parse(rowOf(entry))).toEqual(rowOf(entry));
});

test.each([
  ['an id that is not a number', { id: 'x' }],
  ['no timestamp', { timestamp: undefined }],
  ['a request that is text', { request: 'GET /' }],
  ['no source', { src: null }],
])('an entry with %s is refused', (_name, change) => {
  expect(Entry.safeParse({ ...entry, ...change }).success).toBe(false);
});
