import { expect, test } from 'vitest';
import { MAX_SUBJECTS, subjectOf } from './subject.ts';

test('commands about the same have one subject, of which no flood of names is remembered', () => {
  const orders = subjectOf('find', 'shop', 'orders');
  expect(subjectOf('find', 'shop', 'orders')).toBe(orders);
  expect(orders).toMatchObject({ endpoint: 'find orders', name: 'find shop.orders' });
  expect(subjectOf('ping', 'shop', '')).toMatchObject({ endpoint: 'ping', name: 'ping shop' });
  const long = subjectOf('find', 'shop', 'o'.repeat(257));
  expect(subjectOf('find', 'shop', 'orders')).toBe(orders);
  expect(subjectOf('find', 'shop', 'o'.repeat(257))).not.toBe(long);
  for (let count = 0; count < MAX_SUBJECTS; count++) subjectOf(`find${count % 7}`, 'shop', `orders${count}`);
  expect(subjectOf('find', 'shop', 'orders')).not.toBe(orders);
});
