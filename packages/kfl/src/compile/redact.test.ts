import { kflSchema } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { anEntry } from '../testing/entry.ts';
import { compile } from './compile.ts';
import { redact } from './redact.ts';

const entry = anEntry(0, {
  protocols: ['http'],
  'request.path': '/login',
  'request.headers': { authorization: 'Bearer x', Accept: '*/*' },
  'request.body': { size: 40, text: '{"user":"a","password":"p","cards":[{"no":1},{"no":2}]}' },
  'response.body': { size: 9, text: 'not JSON' },
});
const body = (text: string) => ({ size: 40, text });

test.each<[string, string, unknown]>([
  ['redact("request.path")', 'request.path', '[REDACTED]'],
  ['redact(request.path)', 'request.path', '[REDACTED]'],
  ['redact("path")', 'request.path', '[REDACTED]'],
  ['redact("$.request.path")', 'request.path', '[REDACTED]'],
  ['redact("request.headers.Authorization")', 'request.headers', { authorization: '[REDACTED]', Accept: '*/*' }],
  ['redact("request.headers.*")', 'request.headers', { authorization: '[REDACTED]', Accept: '[REDACTED]' }],
  ['redact("request.body")', 'request.body', body('[REDACTED]')],
  [
    'redact("request.body.json().password")',
    'request.body',
    body('{"user":"a","password":"[REDACTED]","cards":[{"no":1},{"no":2}]}'),
  ],
  [
    'redact("request.body.json().cards[1].no")',
    'request.body',
    body('{"user":"a","password":"p","cards":[{"no":1},{"no":"[REDACTED]"}]}'),
  ],
  [
    'redact("request.body.json()..no", "request.body.json().user")',
    'request.body',
    body('{"user":"[REDACTED]","password":"p","cards":[{"no":"[REDACTED]"},{"no":"[REDACTED]"}]}'),
  ],
  ['redact("response.body.json().password")', 'response.body', { size: 9, text: '[REDACTED]' }],
  ['redact("response.body.xml().a")', 'response.body', { size: 9, text: '[REDACTED]' }],
  ['redact("request.url")', 'request.url', undefined],
])('%s', (query, path, wanted) => {
  const compiled = compile(query, kflSchema);
  expect(compiled.diagnostics).toEqual([]);
  expect(compiled.predicate(entry)).toBe(true);
  const before = JSON.stringify(entry);
  const shown = redact(compiled, entry);
  expect(path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], shown)).toEqual(wanted);
  expect(JSON.stringify(entry)).toBe(before);
});

test('a query that redacts nothing copies nothing', () => {
  expect(redact(compile('http', kflSchema), entry)).toBe(entry);
});
