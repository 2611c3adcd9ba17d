import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endpointOf, shapeOf } from './sql.ts';
import { mysqlSql, standardSql } from './sql-scanner.ts';

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
  ["SELECT $tag$a 'quoted' $1 text$tag$, E'\\'x'", 'SELECT', 'SELECT ?'],
  ["SELECT 'C:\\' || name FROM files", 'SELECT files', 'SELECT ? || name FROM files'],
  ["SELECT a::int, data #>> '{b}' FROM t", 'SELECT t', 'SELECT a::int, data #>> ? FROM t'],
  ['SELECT -1, a - 1, (-.5), 2e-3', 'SELECT', 'SELECT ?, a - ?, (?), ?'],
  ['INSERT INTO t VALUES (1, NULL), (2, TRUE)', 'INSERT t', 'INSERT INTO t VALUES (?)'],
  ['SELECT 1 FROM t WHERE a IS NULL', 'SELECT t', 'SELECT ? FROM t WHERE a IS NULL'],
  [
    'WITH old AS (SELECT id FROM carts) DELETE FROM orders WHERE x',
    'DELETE orders',
    'WITH old AS (SELECT id FROM carts) DELETE FROM orders WHERE x',
  ],
  ['SELECT EXTRACT(YEAR FROM at) FROM orders', 'SELECT orders', 'SELECT EXTRACT(YEAR FROM at) FROM orders'],
  ['SELECT n FROM (SELECT n FROM t) AS x', 'SELECT t', 'SELECT n FROM (SELECT n FROM t) AS x'],
  ['(SELECT 1) UNION (SELECT 2)', 'SELECT', '(SELECT ?) UNION (SELECT ?)'],
  ['SELECT * FROM (SELECT 1) AS x', 'SELECT', 'SELECT * FROM (SELECT ?) AS x'],
  ['BEGIN', 'BEGIN', 'BEGIN'],
  ["SELECT 'never closed", 'SELECT', 'SELECT ?'],
  ['', '', ''],
])('%s is %s', (statement, endpoint, fingerprint) => {
  const shape = shapeOf(statement);
  expect(endpointOf(shape)).toBe(endpoint);
  expect(shape.fingerprint).toBe(fingerprint);
});

test.each([
  ['SELECT "it\\"s", \'a\\\'b\' FROM t', 'SELECT t', 'SELECT ? FROM t'],
  ['SELECT 5--2 # why', 'SELECT', 'SELECT ?-?'],
  ['SELECT 5 -- 2', 'SELECT', 'SELECT ?'],
  ["/*!40101 SET NAMES 'utf8' */;", 'SET', 'SET NAMES ?'],
  ['SELECT @@version, @a', 'SELECT', 'SELECT @@version, @a'],
  ["INSERT INTO t VALUES (_utf8mb4'x', x'00', 0xff)", 'INSERT t', 'INSERT INTO t VALUES (?)'],
])('in MySQL %s is %s', (statement, endpoint, fingerprint) => {
  const shape = shapeOf(statement, mysqlSql);
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
  for (const piece of ["'", '$a$', '/*', '((?', '?,', '"', 'a.', '(1),', '$', '-', "E'\\"])
    for (const dialect of [standardSql, mysqlSql]) expect(shapeOf(piece.repeat(100_000), dialect)).toBeDefined();
});
