import { expect, test } from 'vitest';
import { addTerm, hasTerm, removeTerm } from './terms.ts';

const ok = 'response.status == 200';

test.each<[string, string]>([
  ['', ok],
  ['http', `http and ${ok}`],
  ['http or dns', `(http or dns) and ${ok}`],
  ['http | count by endpoint', `http and ${ok} | count by endpoint`],
  [`http and ${ok}`, `http and ${ok}`],
])('%s with the term is %s', (query, wanted) => {
  expect(addTerm(query, ok)).toBe(wanted);
});

test.each<[string, string]>([
  [ok, ''],
  [`http and ${ok}`, 'http'],
  [`http && status_code == 1 && response.status = 200`, 'http and status_code == 1'],
  ['http', 'http'],
  [`${ok} | limit 5`, '| limit 5'],
])('%s without the term is %s', (query, wanted) => {
  expect(removeTerm(query, ok).trim()).toBe(wanted);
});

test('a term inside an or is not a condition that must hold', () => {
  expect(hasTerm(`${ok} or dns`, ok)).toBe(false);
  expect(hasTerm(`(http) and (${ok})`, ok)).toBe(true);
});
