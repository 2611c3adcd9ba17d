import { expect, test } from 'vitest';
import { planOf, recorded } from '../testing/target.ts';
import type { PlanOptions } from './options.ts';
import { PlanError } from './plan.ts';

const target = 'http://staging:8080';
const get = recorded({ url: '/carts/7?full=1', headers: { Accept: 'text/html', Connection: 'keep-alive' } });
const post = recorded({ method: 'POST', url: '/orders', body: '{"a":1}', at: 1 });

test('a call keeps its path, its own headers and its body, and goes to the target', async () => {
  const { calls, hosts } = await planOf([post, get], { target, allowWrites: true });
  expect(calls).toMatchObject([
    {
      index: 0,
      offset: 0,
      origin: target,
      method: 'GET',
      target: '/carts/7?full=1',
      headers: [['Accept', 'text/html']],
    },
    { index: 1, offset: 1000, method: 'POST', target: '/orders', headers: [] },
  ]);
  expect(Buffer.from(calls[1]!.body).toString()).toBe('{"a":1}');
  expect([...hosts]).toEqual([['shop', 2]]);
});

test.each<[string, Partial<PlanOptions>, object, string]>([
  ['a write', {}, { method: 'DELETE' }, 'would change something (--allow-writes)'],
  ['another method', { methods: ['HEAD'], allowWrites: true }, {}, 'left out by its method'],
  ['what the filter leaves out', { filter: () => false }, {}, 'left out by the filter'],
  ['another protocol', {}, { more: { protocol: 'redis', protocols: ['redis'] } }, 'not HTTP or WebSocket'],
  ['a request nobody saw', {}, { more: { request: null } }, 'its request was not seen'],
  [
    'a body that was cut',
    { allowWrites: true },
    { method: 'POST', more: { request: { size: 1, body: { size: 9, text: 'a', truncated: true } } } },
    'its body was cut when it was captured',
  ],
  ['what is too much', { maxCalls: 0 }, {}, 'beyond the limit of a plan'],
  [
    'what would fill the memory',
    { allowWrites: true },
    { method: 'POST', more: { request: { size: 1, body: { size: 2 * 1024 ** 3, text: 'a' } } } },
    'beyond the limit of a plan',
  ],
  ['what is not in the sample', { sample: 0 }, {}, 'left out by the sample'],
])('%s is not sent, and counted', async (_name, options, call, reason) => {
  const plan = await planOf([recorded({ url: '/', ...call } as Parameters<typeof recorded>[0])], {
    target,
    ...options,
  });
  expect(plan.calls).toEqual([]);
  expect([...plan.skipped]).toEqual([[reason, 1]]);
});

test('a GraphQL query only reads, a mutation does not', async () => {
  const graphql = (operationType: string) => {
    const entry = recorded({ method: 'POST', url: '/graphql', body: '{}' });
    return { ...entry, request: { ...entry.request!, operationType } };
  };
  const { calls, skipped } = await planOf([graphql('query'), graphql('mutation')], { target });
  expect([calls.length, [...skipped.values()]]).toEqual([1, [1]]);
});

test('redacted credentials are left out and counted; what is set takes their place', async () => {
  const entry = recorded({
    url: '/',
    headers: { Authorization: '[REDACTED]', Cookie: 'a=[REDACTED]; b=1', 'X-A': '1' },
  });
  const plan = await planOf([entry], { target, setHeaders: { Authorization: 'Bearer new' }, dropHeaders: ['x-a'] });
  expect(plan.calls[0]?.headers).toEqual([['Authorization', 'Bearer new']]);
  expect([...plan.redacted]).toEqual([['cookie', 1]]);
});

test('calls to several hosts are refused until each has its place', async () => {
  const to = (host: string) => recorded({ url: '/', headers: { Host: host } });
  const entries = [to('shop'), to('bank:8443'), to('shop')];
  await expect(planOf(entries, { target })).rejects.toThrow(PlanError);
  await expect(planOf(entries, { target })).rejects.toThrow(/shop \(2 calls\), bank:8443 \(1 calls\).*--map-host/);
  const { calls } = await planOf(entries, { target, mapHost: { bank: 'https://bank.staging' } });
  expect(calls.map(({ origin }) => origin).toSorted()).toEqual([
    'http://staging:8080',
    'http://staging:8080',
    'https://bank.staging',
  ]);
});

test.each(['ftp://x', 'http://', '::'])('%s is no target', async (bad) => {
  await expect(planOf([get], { target: bad })).rejects.toThrow(/no address of a server/);
});

test('an absolute address in a request never decides where it goes', async () => {
  const entry = recorded({ url: '/a' });
  const evil = { ...entry, request: { ...entry.request!, url: 'http://evil.example/a?b=1' } };
  const { calls } = await planOf([evil], { target });
  expect(calls[0]).toMatchObject({ origin: target, target: '/a?b=1' });
});

test('a sample is the same share each time', async () => {
  const entries = Array.from({ length: 4_000 }, (_, n) => recorded({ url: `/${n}`, at: n / 7 }));
  const sampled = async () => (await planOf(entries, { target, sample: 0.1 })).calls.map(({ target: path }) => path);
  const first = await sampled();
  expect(first.length).toBeGreaterThan(300);
  expect(first.length).toBeLessThan(500);
  expect(await sampled()).toEqual(first);
});
