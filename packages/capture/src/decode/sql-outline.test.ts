import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapeOf } from './sql.ts';
import { MAX_OUTLINED_BYTES, SqlOutliner } from './sql-outline.ts';
import { cql, mysqlSql, standardSql } from './sql-scanner.ts';
import { withoutSecrets } from './sql-secrets.ts';

const outlineOf = (text: string, dialect = standardSql): string | null => {
  const outliner = new SqlOutliner(dialect);
  const bytes = Buffer.from(text);
  if (!outliner.read(bytes, 0, bytes.length)) return null;
  return Buffer.from(outliner.bytes.subarray(0, outliner.length)).toString();
};

test.each([
  ["SELECT a FROM t1 WHERE b = 'x' AND c = 12.5", 'SELECT a FROM t1 WHERE b = ? AND c = ?'],
  ["INSERT INTO t VALUES (-1, $2, .5, 0x1f, 'it''s')", 'INSERT INTO t VALUES (-?, ?, ?, ?, ?)'],
  ['SELECT "Name 1" FROM `t 2`', 'SELECT "Name 1" FROM `t 2`'],
  ["UPDATE t SET a = 'größer'", 'UPDATE t SET a = ?'],
])('%s has an outline', (text, outline) => {
  expect(outlineOf(text)).toBe(outline);
});

test.each([
  'SELECT 1 -- why',
  'SELECT /* why */ 1',
  "SELECT E'a\\n'",
  'SELECT $$a$$',
  'SELECT größe FROM t',
  'SELECT 1e-5',
  "SELECT 'never closed",
  `SELECT '${'a'.repeat(MAX_OUTLINED_BYTES)}'`,
])('%s has none', (text) => {
  expect(outlineOf(text)).toBeNull();
});

test('what a string is depends on the dialect', () => {
  expect(outlineOf('SELECT "a", \'b\\\'', standardSql)).toBe('SELECT "a", ?');
  expect(outlineOf('SELECT "a"', mysqlSql)).toBe('SELECT ?');
  expect(outlineOf("SELECT 'b\\''", mysqlSql)).toBeNull();
  const byId = 'SELECT a FROM t WHERE id = 0f8fad5b-d9cb-469f-a165-70867728950e AND b = face';
  expect(outlineOf(byId, cql)).toBe('SELECT a FROM t WHERE id = ? AND b = face');
  expect(shapeOf(byId, cql).fingerprint).toBe('SELECT a FROM t WHERE id = ? AND b = face');
});

const word = fc.constantFrom(
  'SELECT',
  'from',
  'users',
  'password',
  'SET',
  'IDENTIFIED',
  'x',
  'NULL',
  't1',
  'a$b',
  '_u',
);
const literal = fc.constantFrom(
  '1',
  '2.5',
  '.7',
  '0xff',
  '$1',
  '?',
  "'a'",
  "''",
  "'b''c'",
  '"n"',
  '`m`',
  "'ü'",
  '1e5',
  'face0123-d9cb-469f-a165-70867728950e',
  '00000000-0000-0004-0000-0000000000f8',
);
const sign = fc.constantFrom(
  ' ',
  ' ',
  ',',
  '(',
  ')',
  '=',
  '-',
  '+',
  ';',
  '.',
  '*',
  ' = ',
  '\n',
  '::',
  '#',
  '$',
  '/',
  'e',
);
const statement = fc.array(fc.oneof(word, literal, sign), { maxLength: 16 }).map((parts) => parts.join(''));

test.each([
  ['standard', standardSql],
  ['MySQL', mysqlSql],
  ['CQL', cql],
])('statements of one outline have one shape and are as secret, in %s', (_name, dialect) => {
  const known = new Map<string, { readonly shape: object; readonly hasSecrets: boolean }>();
  const check = (text: string) => {
    const outline = outlineOf(text, dialect);
    if (outline === null) return;
    const told = { shape: shapeOf(text, dialect), hasSecrets: withoutSecrets(text, dialect) !== text };
    // An outline with a password in it is never believed.
    if (/password|identified/i.test(outline)) return;
    expect(told.hasSecrets).toBe(false);
    expect(told, `${text} as ${outline}`).toEqual(known.get(outline) ?? told);
    known.set(outline, told);
  };
  fc.assert(
    fc.property(statement, fc.array(literal, { minLength: 8, maxLength: 8 }), (text, others) => {
      check(text);
      // The same with other literals, where they stand alone.
      let next = 0;
      check(
        text.replace(/(?<![\w$."'`])(?:\d+|'[^']*'|\?)(?![\w$."'`])/g, () => others[next++ % others.length] ?? '1'),
      );
    }),
    { numRuns: 3000 },
  );
});

test('an outliner tells whether the text is one line, and ASCII', () => {
  const outliner = new SqlOutliner(standardSql);
  fc.assert(
    fc.property(statement, (text) => {
      const bytes = Buffer.from(text);
      if (!outliner.read(bytes, 0, bytes.length)) return;
      expect(outliner.isOneLine).toBe(text.replace(/\s+/g, ' ').trim() === text);
      expect(outliner.isAscii).toBe(/^[\0-\x7f]*$/.test(text));
    }),
    { numRuns: 2000 },
  );
});
