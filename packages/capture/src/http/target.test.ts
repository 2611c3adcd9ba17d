import { expect, test } from 'vitest';
import { endpointOf } from './target.ts';

test.each([
  ['7'],
  ['20260102'],
  ['123e4567-e89b-42d3-a456-426614174000'],
  ['deadbeef-dead-dead-dead-deadbeefdead'],
  ['65f0c1a2b3c4'],
  ['01ARZ3NDEKTSV4RRFFQ69G5FAV'],
  ['order-10023'],
  ['3,4,5'],
  ['ann@shop.example'],
])('%s names a thing', (segment) => {
  expect(endpointOf('GET', `/a/${segment}/b?x=1`)).toBe('GET /a/{id}/b');
});

test.each(['users', 'v1', 'facade', 'sign-in', 'shop.v1.Orders', 'x2-y', ''])('%j is a word', (segment) => {
  expect(endpointOf('GET', `/a/${segment}/b`)).toBe(`GET /a/${segment}/b`);
});
