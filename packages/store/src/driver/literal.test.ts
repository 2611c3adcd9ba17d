import { expect, test } from 'vitest';
import { inlineParameters, quote } from './literal.ts';

test.each([
  ['plain', `'plain'`],
  [`it's`, `'it\\'s'`],
  ['back\\slash', `'back\\\\slash'`],
  ['\n\n', `'\\n\\n'`],
  [`\\'; DROP TABLE x`, `'\\\\\\'; DROP TABLE x'`],
])('quotes %j', (text, literal) => {
  expect(quote(text)).toBe(literal);
});

test('a placeholder inside a value is not a placeholder', () => {
  const sql = 'SELECT {a:String}, {b:UInt64}';
  expect(inlineParameters({ sql, parameters: { a: '{b:UInt64}', b: '18446744073709551615' } })).toBe(
    `SELECT '{b:UInt64}', CAST('18446744073709551615','UInt64')`,
  );
});

test.each([
  ['{a:UInt64}', '1; DROP TABLE x'],
  ['{a:UInt64}', '1.5'],
  ['{a:Float64}', '1)--'],
  ['{a:Float64}', ''],
  ['{a:Array(UInt64)}', ['1', '2) OR (1']],
  ['{a:Array(String)}', 'no list'],
  ['{a:String}', ['a list']],
  ['{a:Date}', '2026-01-01'],
  ['{other:String}', 'x'],
])('refuses %s with %j', (sql, a) => {
  expect(() => inlineParameters({ sql, parameters: { a } })).toThrow(TypeError);
});
