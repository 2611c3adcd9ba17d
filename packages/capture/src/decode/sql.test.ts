import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endpointOf, shapeOf } from './sql.ts';

test.each([
  [
    "SELECT * FROM orders WHERE id = 7 AND name = 'it''s'",
    'SELECT orders',
    'SELECT * FROM orders WHERE id = ? AND name = ?',
  ],
  ['select 1', 'SELECT', 'select ?'],
  [
    'INSERT INTO shop.orders (a, b) VALUES (1, 2), (3, 4);',
    'INSERT orders',
    'INSERT INTO shop.orders (a, b) VALUES (?)',
  ],
  ['SELECT a FROM t WHERE id IN (1,2, 3)', 'SELECT t', 'SELECT a FROM t WHERE id IN (?)'],
  ['UPDATE "my table" SET x = $1 -- why\n WHERE y = ?', 'UPDATE my table', 'UPDATE "my table" SET x = ? WHERE y = ?'],
  ['/* app:web */ DELETE FROM `carts` WHERE age > 1.5e3', 'DELETE carts', 'DELETE FROM `carts` WHERE age > ?'],
  ['CREATE TABLE IF NOT EXISTS logs (id int)', 'CREATE logs', 'CREATE TABLE IF NOT EXISTS logs (id int)'],
  ["SELECT $tag$a 'quoted' $1 text$tag$, E'\\'x'", 'SELECT', 'SELECT ?, E?'],
  ['SELECT * FROM (SELECT 1) AS x', 'SELECT', 'SELECT * FROM (SELECT ?) AS x'],
  ['BEGIN', 'BEGIN', 'BEGIN'],
  ["SELECT 'never closed", 'SELECT', 'SELECT ?'],
  ['', '', ''],
])('%s is %s', (statement, endpoint, fingerprint) => {
  const shape = shapeOf(statement);
  expect(endpointOf(shape)).toBe(endpoint);
  expect(shape.fingerprint).toBe(fingerprint);
});

test('statements that differ only in their literals have one fingerprint', () => {
  fc.assert(
    fc.property(fc.nat(), fc.string(), (number, text) => {
      const quoted = text.replaceAll('\\', '').replaceAll("'", "''");
      expect(shapeOf(`SELECT a FROM t WHERE b = ${number} AND c = '${quoted}'`).fingerprint).toBe(
        'SELECT a FROM t WHERE b = ? AND c = ?',
      );
    }),
  );
});

test('hostile text is scanned in linear time', () => {
  for (const piece of ["'", '$a$', '/*', '((?', '?,', '"', 'a.']) expect(shapeOf(piece.repeat(100_000))).toBeDefined();
});
