import { kflSchema } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { diagnose } from './diagnose.ts';
import { format } from './format.ts';
import { hover } from './hover.ts';
import { hasTerm, toggleTerm } from './toggle-term.ts';
import { tokens } from './tokens.ts';

test.each<[string, string]>([
  ['http && status_code>=500', 'http and status_code >= 500'],
  ['has(request.path)||!dns', 'request.path exists or not dns'],
  ['# slow\nhttp and latency>1s', '# slow\nhttp and latency > 1s'],
  ['http // why\n| count', '# why\nhttp | count'],
  ['http and', 'http and'],
  ['', ''],
  [
    'http and request.path contains "/a/rather/long/path" and response.status >= 500 and (dst.name == "a" or dst.name == "b") | count by dst.name',
    [
      'http',
      '  and request.path contains "/a/rather/long/path"',
      '  and response.status >= 500',
      '  and (dst.name == "a" or dst.name == "b")',
      '| count by dst.name',
    ].join('\n'),
  ],
])('format %j', (text, wanted) => {
  expect(format(text)).toBe(wanted);
  expect(format(wanted)).toBe(wanted);
});

test.each<[string, string | undefined]>([
  ['http and requ^est.path == "/"', 'request.path: string'],
  ['http and request.pa^th == "/"', 'request.path: string'],
  ['status_c^ode > 1', 'response.status: json'],
  ['response.lat^ency > 1', 'response.latency: duration (ms)'],
  ['request.headers["A^uth"] exists', 'request.headers: map'],
  ['ht^tp', 'http'],
  ['g^ql', 'graphql'],
  ['no^w() > 1', 'now()'],
  ['request.path con^tains "a"', 'contains'],
  ['latency > 1^0ms', '10ms'],
  ['http | st^ats count()', 'stats AGG [as NAME], … [by F, …]'],
  ['http | stats p9^5(latency)', 'p95(x)'],
  ['http and "te^xt"', undefined],
  ['unk^nown == 1', undefined],
])('hover %s', (marked, title) => {
  expect(hover(marked.replace('^', ''), marked.indexOf('^'), kflSchema)?.title).toBe(title);
});

test('hover says what another spelling stands for', () => {
  expect(hover('elapsed_time > 1', 3, kflSchema)?.doc).toContain('Another name of response.latency.');
});

test.each<[string, string]>([
  ['http and request.path == "/" # x', 'protocol keyword field punctuation field operator string comment'],
  ['not redis.key matches "a"', 'keyword field punctuation field operator string'],
  ['now() - 5m', 'function bracket bracket operator number'],
  [
    'http | stats p95(latency) by dst.name',
    'protocol operator stage function bracket field bracket keyword field punctuation field',
  ],
  ['path == r"/a"', 'field operator regex'],
  ['"unclosed', 'string'],
])('tokens %s', (text, kinds) => {
  const found = tokens(text, kflSchema);
  expect(found.map(({ kind }) => kind).join(' ')).toBe(kinds);
});

test.each<[string, string, '==' | '!=', string | number | boolean | null, string]>([
  ['', 'dst.name', '==', 'cart', 'dst.name == "cart"'],
  ['http', 'dst.name', '==', 'cart', 'http and dst.name == "cart"'],
  ['http or dns', 'dst.name', '==', 'cart', '(http or dns) and dst.name == "cart"'],
  ['http and dst.name == "cart"', 'dst.name', '==', 'cart', 'http'],
  ['dst.name == "cart"', 'dst.name', '==', 'cart', ''],
  ['http and dst.name == "cart"', 'dst.name', '!=', 'cart', 'http and dst.name != "cart"'],
  ['http and not dst.name == "cart"', 'dst.name', '==', 'cart', 'http and dst.name == "cart"'],
  ['http | count', 'response.status', '==', 500, 'http and response.status == 500 | count'],
  ['| count', 'http', '==', true, 'http | count'],
  ['http', 'http', '!=', true, 'not http'],
  ['http', 'request.headers["X-A"]', '==', 'a"b', String.raw`http and request.headers["X-A"] == "a\"b"`],
  ['# mine\nhttp', 'error', '==', true, '# mine\nhttp and error'],
  ['http', 'traceId', '==', null, 'http and traceId == null'],
  ['http and (', 'dst.name', '==', 'cart', 'http and ('],
])('toggle %j with %s %s %j', (text, field, op, value, wanted) => {
  expect(toggleTerm(text, { field, op, value })).toBe(wanted);
});

test('diagnose gives spans and near names', () => {
  expect(diagnose('http and respnse.status == 1', kflSchema)).toMatchObject([
    {
      code: 'KFL2001',
      start: 9,
      end: 23,
      severity: 'warning',
      suggestions: ['response.status'],
    },
  ]);
  expect(diagnose('', kflSchema)).toEqual([]);
});

test.each<[string, boolean]>([
  ['response.status == 200', true],
  ['http and response.status = 200', true],
  ['(http) and (response.status == 200)', true],
  ['response.status == 200 or dns', false],
  ['not (response.status == 200)', false],
  ['http and', false],
])('%s asks for the term: %s', (query, wanted) => {
  expect(hasTerm(query, { field: 'response.status', op: '==', value: 200 })).toBe(wanted);
});
