import { expect, test } from 'vitest';
import { Client, clientAt, MAX_OPENINGS } from './client.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('a program is one object, whatever it asks', () => {
  const bytes = Buffer.from('<shop>');
  const client = clientAt(bytes, 1, 5);
  expect(clientAt(Buffer.from('shop'), 0, 4)).toBe(client);
  expect(text(client.opening(0, 13))).toBe(
    ',"kafka":{"apiKey":0,"apiVersion":13,"apiName":"Produce","clientId":"shop"',
  );
  expect(text(client.opening(999, 1))).toContain('"apiName":"API 999"');
});

test(`of a program ${MAX_OPENINGS} APIs and versions are remembered, then those that come again`, () => {
  const client = new Client('shop');
  const first = client.opening(0, 0);
  for (let version = 1; version < MAX_OPENINGS; version++) client.opening(0, version);
  expect(client.opening(0, 0)).toBe(first);
  client.opening(0, MAX_OPENINGS);
  expect(client.opening(0, 0)).not.toBe(first);
  expect(text(client.opening(0, 0))).toBe(text(first));
});
