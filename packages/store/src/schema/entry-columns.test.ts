import type { Entry } from '@kubeshark/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyEntries } from '../testing/arbitrary-entry.ts';
import { flatten, restore } from './entry-columns.ts';

test('any entry comes back from its columns as the same JSON', () => {
  fc.assert(
    fc.property(anyEntries(1n), (entries) => {
      for (const entry of entries) {
        const before = JSON.stringify(entry);
        expect(restore(flatten(entry))).toEqual(entry);
        expect(JSON.stringify(entry), 'the entry itself is left alone').toBe(before);
      }
    }),
    { numRuns: 300 },
  );
});

const flat = (entry: object) => flatten(entry as Entry);

test.each<[name: string, entry: object, columns: object]>([
  [
    'header names in lower case',
    { request: { headers: { 'X-Id': '1' } } },
    { request_headers: { keys: ['x-id'], values: ['1'] } },
  ],
  [
    'a repeated header once per value',
    { response: { headers: { 'Set-Cookie': ['a', 'b'] } } },
    { response_headers: { keys: ['set-cookie', 'set-cookie'], values: ['a', 'b'] } },
  ],
  ['a status that is a number', { status: 503 }, { status: 503, status_text: '' }],
  ['a status that is text', { status: '42P01' }, { status: null, status_text: '42P01' }],
  ['a status that is a number in text', { status: '23505' }, { status: 23505, status_text: '23505' }],
  ['a missing latency', { latency: null }, { latency: null }],
  ['a body as text', { request: { body: { text: 'hello' } } }, { request_body: 'hello', request_body_base64: '' }],
  ['a body as bytes', { request: { body: { base64: 'AAE=' } } }, { request_body: '', request_body_base64: 'AAE=' }],
  ['a repeated latency not twice', { latency: 7, response: { latency: 7 } }, { latency: 7, extra: '{"response":{}}' }],
])('columns hold %s', (_, entry, columns) => {
  expect(flat(entry)).toMatchObject(columns);
});

test('a header called __proto__ stays a header', () => {
  const entry = JSON.parse('{"id":"1","request":{"headers":{"__proto__":"x","Host":"y"}}}') as Entry;
  expect(JSON.stringify(restore(flatten(entry)).request?.headers)).toBe('{"__proto__":"x","Host":"y"}');
});
