import { expect, test } from 'vitest';
import { planOf, recorded } from '../testing/target.ts';
import { captureText, dependencies, parseCapture, proposeCaptures, Substitutions, valueAt } from './captures.ts';

const target = 'http://staging';
const session = 'f3a9c1e07b55';
const story = async () =>
  (
    await planOf(
      [
        recorded({ method: 'POST', url: '/login', answer: { token: session, user: { id: 7 } } }),
        recorded({ url: '/orders', headers: { Authorization: `Bearer ${session}` }, at: 1 }),
        recorded({ method: 'POST', url: '/logout', body: `{"token":"${session}"}`, at: 2 }),
        recorded({ url: '/health', at: 3 }),
      ],
      { target, allowWrites: true },
    )
  ).calls;

test('a capture is an endpoint and a place', () => {
  expect(parseCapture('POST /login $.user["id"]')).toEqual({ endpoint: 'POST /login', place: '$.user["id"]' });
  expect(parseCapture('POST /login header:set-cookie')).toEqual({
    endpoint: 'POST /login',
    place: 'header:set-cookie',
  });
  expect(parseCapture('$.token')).toBeUndefined();
});

test('values that later requests carry are proposed, and only those', async () => {
  expect(proposeCaptures(await story()).map(captureText)).toEqual(['POST /login $.token']);
});

test('who carries a value waits for the call that makes it', async () => {
  const needs = dependencies(await story(), [{ endpoint: 'POST /login', place: '$.token' }]);
  expect([...needs]).toEqual([
    [1, [0]],
    [2, [0]],
  ]);
});

test('the new value takes the place of the recorded one, as a whole word', async () => {
  const [, orders, logout] = await story();
  const values = new Substitutions();
  values.set(session, '$&-new');
  expect(values.apply(orders!).headers).toContainEqual(['Authorization', 'Bearer $&-new']);
  expect(Buffer.from(values.apply(logout!).body).toString()).toBe('{"token":"$&-new"}');
  values.set('7', '8');
  const call = { ...orders!, target: '/orders/7/items/17?of=7' };
  expect(values.apply(call).target).toBe('/orders/8/items/17?of=8');
});

test.each([
  ['$.a[1].b', '{"a":[0,{"b":"x"}]}', 'x'],
  ['$.n', '{"n":5}', '5'],
  ['$.toString', '{}', undefined],
  ['$.a', 'not JSON', undefined],
  ['header:etag', '', 'v1'],
])('%s of an answer', (place, body, expected) => {
  expect(valueAt({ headers: (name) => (name === 'etag' ? 'v1' : undefined), body }, place)).toBe(expected);
});
