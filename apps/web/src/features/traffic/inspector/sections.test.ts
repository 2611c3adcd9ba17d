import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { sectionsOf } from './sections.ts';

const entry = (more: object): Entry =>
  ({ protocols: ['http'], request: null, response: null, ...more }) as unknown as Entry;
const shown = (value: Entry, tab: 'request' | 'response' | 'connection') =>
  sectionsOf(value, tab).map(({ title, rows }) => [title, ...rows.map(({ path }) => path)]);

test('only what the entry has is shown, bodies last', () => {
  const request = {
    size: 1,
    method: 'GET',
    url: '/',
    headers: { Host: 'a' },
    cookies: {},
    body: { size: 1, text: 'x' },
  };
  expect(shown(entry({ request }), 'request')).toEqual([
    ['Request', 'request.method', 'request.url'],
    ['Headers', 'request.headers'],
    ['Body', 'request.body'],
  ]);
});

test('nothing a dissector found is left out, even if no descriptor names it', () => {
  const request = { size: 1, oddity: 7 };
  expect(shown(entry({ request }), 'request')).toEqual([['Message', 'request.oddity']]);
});

test('sections of all protocols of the call stand together', () => {
  const value = entry({ protocols: ['redis'], redis: { command: 'GET', key: 'a' }, request: { size: 3 } });
  expect(shown(value, 'request')).toEqual([['Command', 'redis.command', 'redis.key']]);
});
