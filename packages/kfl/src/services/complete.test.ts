import { kflSchema } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { complete } from './complete.ts';

const seen: Readonly<Record<string, readonly string[]>> = {
  'dst.name': ['cart', 'checkout', 'say "hi"'],
  'response.status': ['200', '503'],
};
const values = (field: string) => Promise.resolve(seen[field] ?? []);

/** `|` is the cursor; a pipe of the query is written `¦`. */
const at = async (marked: string) => {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '').replaceAll('¦', '|');
  const { items, start, end } = await complete(text, offset, { schema: kflSchema, values });
  const apply = (label: string) => {
    const item = items.find((one) => one.label === label);
    return item && text.slice(0, start) + item.insert + text.slice(end);
  };
  return { labels: items.map(({ label }) => label), apply };
};

test.each<[string, readonly string[], string]>([
  ['|', ['http', 'request.path', 'not', 'now'], 'http'],
  ['htt|', ['http', 'http2'], 'http'],
  ['http and request.pa|', ['request.path'], 'http and request.path'],
  ['http and request.pa| == "x"', ['request.path'], 'http and request.path == "x"'],
  ['http and sta|', ['response.status'], 'http and response.status'],
  ['redis and |', ['redis.command', 'src.name'], 'redis and redis.command'],
  ['(|', ['http'], '(http'],
  ['not |', ['http'], 'not http'],
  ['request.path |', ['contains', 'startsWith', 'matches', 'and'], 'request.path contains '],
  ['response.latency |', ['>', '>=', 'exists'], 'response.latency > '],
  ['http |', ['and', 'or'], 'http and '],
  ['request.path con|', ['contains'], 'request.path contains '],
  ['dst.name == |', ['cart', 'checkout', 'null'], 'dst.name == "cart"'],
  ['dst.name == c|', ['cart', 'checkout'], 'dst.name == "cart"'],
  ['dst.name == "c|"', ['cart', 'checkout'], 'dst.name == "cart"'],
  ['dst.name == "c|', ['cart', 'checkout'], 'dst.name == "cart'],
  ['dst.name == "|" and http', ['say "hi"'], String.raw`dst.name == "say \"hi\"" and http`],
  ['dst.name in ["cart", |', ['checkout'], 'dst.name in ["cart", "checkout"'],
  ['response.status >= |', ['503'], 'response.status >= 503'],
  ['redis.command == |', ['GET', 'SET'], 'redis.command == "GET"'],
  ['error == |', ['true', 'false'], 'error == true'],
  ['timestamp > |', ['now() - 5m'], 'timestamp > now() - 5m'],
  ['request.headers[|', ['Authorization'], 'request.headers["Authorization"'],
  ['request.headers["Au|"]', ['Authorization'], 'request.headers["Authorization"]'],
  ['request.headers["A"] |', ['contains', 'exists'], 'request.headers["A"] contains '],
  ['http ¦ |', ['stats', 'count', 'top'], 'http | stats'],
  ['http ¦ sta|', ['stats'], 'http | stats'],
  ['http ¦ stats |', ['p95', 'count'], 'http | stats p95('],
  ['http ¦ stats p95(|', ['response.latency'], 'http | stats p95(response.latency'],
  ['http ¦ stats p95(response.latency) |', ['by', '|'], 'http | stats p95(response.latency) by '],
  ['http ¦ stats count() by |', ['dst.name', 'endpoint'], 'http | stats count() by dst.name'],
  [
    'http ¦ stats count() as n by dst.name ¦ sort -|',
    ['dst.name', 'n'],
    'http | stats count() as n by dst.name | sort -dst.name',
  ],
  ['http ¦ count by dst.name ¦ where |', ['http'], 'http | count by dst.name | where http'],
  ['http ¦ top 5 |', ['endpoint'], 'http | top 5 endpoint'],
  ['http ¦ timechart 1m |', ['rate', 'errorRate'], 'http | timechart 1m rate()'],
])('%s', async (marked, wanted, applied) => {
  const { labels, apply } = await at(marked);
  expect(labels).toEqual(expect.arrayContaining([...wanted]));
  expect(apply(wanted[0] ?? '')).toBe(applied);
});

test.each<[string, readonly string[]]>([
  ['redis and |', ['kafka.topic', 'dns.questions']],
  ['http |', ['http', 'contains']],
  ['error |', ['contains', '>']],
  ['src.port |', ['contains', 'matches']],
  ['# comment |', ['http']],
  ['http ¦ limit |', ['http', 'dst.name']],
])('%s does not offer %s', async (marked, unwanted) => {
  const { labels } = await at(marked);
  expect(labels.filter((label) => unwanted.includes(label))).toEqual([]);
});

test('what knows the values may fail', async () => {
  const refusing = () => Promise.reject(new Error('the hub is away'));
  const { items } = await complete('dst.name == ', 12, { schema: kflSchema, values: refusing });
  expect(items.map(({ label }) => label)).toEqual(['null']);
});

test('any place in any text has an answer', async () => {
  const text = 'http and (request.headers["a"] == "b" | stats p95( by , ¦ sort -';
  for (let offset = 0; offset <= text.length; offset++) {
    const { start, end } = await complete(text, offset, { schema: kflSchema });
    expect(start).toBeLessThanOrEqual(end);
  }
});

test('a short name comes before the longer ones that begin with it', async () => {
  const { labels } = await at('http and response.sta|');
  expect(labels.indexOf('response.status')).toBeLessThan(labels.indexOf('response.statusText'));
  expect(labels.filter((label) => label.startsWith('response.sta'))[0]).toBe('response.status');
});
