/**
 * KFL beside a CEL implementation of others, on what both languages have. Left out, because KFL decides otherwise
 * (docs/adr/0012): missing keys (CEL: an error), comparisons across types (an error), `!` beside a comparison without
 * brackets, division of whole numbers, truth of what is no bool, size of text outside the basic plane.
 */

import { evaluate } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from './compile/compile.ts';

const noCatalogue = { fields: {}, flags: [] };

const document = {
  s: 'hello',
  t: '',
  u: 'Grüße 日本',
  n: 5,
  m: -2,
  f: 1.5,
  yes: true,
  no: false,
  items: ['a', 'b', 'hello'],
  nums: [1, 2, 5],
  dict: { a: 'x', key: 'hello' },
  deep: { er: { est: 'x' } },
};
/** CEL tells whole numbers from others: JavaScript's are doubles to it. */
const celDocument = { ...document, n: 5n, m: -2n, nums: [1n, 2n, 5n] };

const text = fc.constantFrom(
  's',
  't',
  'u',
  '"hello"',
  "'a'",
  '"b"',
  'dict.key',
  'dict["a"]',
  'deep.er.est',
  'items[0]',
  '(s + "x")',
);
const number = fc.constantFrom(
  'n',
  'm',
  '5',
  '0',
  '-2',
  'nums[1]',
  'size(items)',
  's.size()',
  '(n + 1)',
  '(n * m)',
  '(n - 3)',
  '(n % 3)',
  'int("7")',
);
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const join = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((chosen) => chosen.join(' '));
const method = fc.constantFrom('contains', 'startsWith', 'endsWith', 'matches');

const bool = fc.letrec<{ bool: string; term: string }>((tie) => ({
  term: fc.oneof(
    fc.constantFrom(
      'yes',
      'no',
      'true',
      'false',
      'has(dict.a)',
      'has(dict.none)',
      'f == 1.5',
      'f > 1.0',
      '"a" in dict',
      '"none" in dict',
      'bool("true")',
    ),
    join(text, comparison, text),
    join(number, comparison, number),
    fc.tuple(text, method, fc.constantFrom('"l+"', '"he"', '"x"', '"o"')).map(([a, name, b]) => `${a}.${name}(${b})`),
    join(text, fc.constant('in'), fc.constantFrom('items', '["a", "hello"]', '[]')),
    join(number, fc.constant('in'), fc.constantFrom('nums', '[1, 5]')),
    fc
      .tuple(fc.constantFrom('items', '["q"]'), fc.constantFrom('exists', 'all'), text)
      .map(([l, op, t]) => `${l}.${op}(v, v == ${t})`),
    fc.tuple(comparison, number).map(([op, count]) => `nums.filter(v, v ${op} ${count}).size() > 1`),
    fc.constantFrom(
      'nums.map(v, v * 2) == [2, 4, 10]',
      'items.map(v, v + "!")[0] == "a!"',
      '{"a": "x"}.a == "x"',
      'string(n) == "5"',
      'double("1.5") == f',
    ),
  ),
  bool: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('term'),
    fc.tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    tie('bool').map((inner) => `!(${inner})`),
    fc.tuple(tie('bool'), tie('term'), tie('term')).map(([test, a, b]) => `((${test}) ? (${a}) : (${b}))`),
  ),
})).bool;

test('what both languages have means the same in both', () => {
  let agreed = 0;
  fc.assert(
    fc.property(bool, (expression) => {
      const compiled = compile(expression, noCatalogue);
      expect(compiled.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect({ expression, value: compiled.predicate(document) }).toEqual({
        expression,
        value: evaluate(expression, celDocument),
      });
      agreed++;
    }),
    { numRuns: 2_000 },
  );
  expect(agreed).toBeGreaterThanOrEqual(2_000);
});
