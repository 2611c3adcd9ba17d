import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { shapeOf } from './sql.ts';
import { mysqlSql, standardSql } from './sql-scanner.ts';
import { withoutSecrets } from './sql-secrets.ts';
import { oneLine, SqlStatements } from './sql-statement.ts';

test.each([
  ["CREATE USER app PASSWORD 's3cret'", "CREATE USER app PASSWORD '[REDACTED]'"],
  [
    'ALTER ROLE app WITH LOGIN ENCRYPTED PASSWORD $$s3cret$$',
    "ALTER ROLE app WITH LOGIN ENCRYPTED PASSWORD '[REDACTED]'",
  ],
  [
    "CREATE USER app IDENTIFIED BY 's3cret' REPLACE 's3cret'",
    "CREATE USER app IDENTIFIED BY '[REDACTED]' REPLACE '[REDACTED]'",
  ],
  [
    'GRANT ALL ON *.* TO app IDENTIFIED WITH x AS "s3cret"',
    "GRANT ALL ON *.* TO app IDENTIFIED WITH x AS '[REDACTED]'",
  ],
  ["SET PASSWORD FOR app = PASSWORD('s3cret')", "SET PASSWORD FOR app = PASSWORD('[REDACTED]')"],
  [
    "CHANGE MASTER TO MASTER_USER='u', MASTER_PASSWORD='s3cret'",
    "CHANGE MASTER TO MASTER_USER='u', MASTER_PASSWORD='[REDACTED]'",
  ],
  [
    "SELECT * FROM users WHERE `password` = 's3cret' AND a = 'b'",
    "SELECT * FROM users WHERE `password` = '[REDACTED]' AND a = 'b'",
  ],
  ["SELECT 'a'; SET PASSWORD = 's3cret", "SELECT 'a'; SET PASSWORD = '[REDACTED]'"],
])('%s keeps its secret', (statement, expected) => {
  expect(withoutSecrets(statement, mysqlSql)).toBe(expected);
});

test.each(["SELECT password FROM users WHERE name = 'ann'", "CREATE TABLE t (password text DEFAULT 'none')"])(
  '%s has none in the standard dialect that is not a default of the column',
  (statement) => {
    expect(withoutSecrets(statement, standardSql)).toMatch(/^SELECT .*'ann'$|^CREATE/);
  },
);

test('statements are read as UTF-8, whatever their length', () => {
  const statements = new SqlStatements(standardSql, 'postgres');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 3000 }), (text) => {
      const bytes = Buffer.from(`SELECT '${text}' FROM t`);
      expect(statements.of(bytes, 0, bytes.length).text).toBe(bytes.toString('utf8'));
    }),
    { numRuns: 50 },
  );
});

test('a statement that is not one line of ASCII is made once', () => {
  const statements = new SqlStatements(standardSql, 'postgres');
  const bytes = Buffer.from('SELECT a\n  FROM t');
  expect(statements.of(bytes, 0, bytes.length)).toBe(statements.of(bytes, 0, bytes.length));
  expect(statements.of(bytes, 0, bytes.length)).toMatchObject({ summary: 'SELECT a FROM t', endpoint: 'SELECT t' });
});

test('what is written of a statement is what it is, kept or not, and its shape that of its text', () => {
  const statements = new SqlStatements(standardSql, 'postgres');
  const writtenOf = (write: (json: JsonWriter) => void) => {
    const json = new JsonWriter();
    write(json);
    return Buffer.from(json.written()).toString();
  };
  const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ maxLength: 300 }), fc.integer());
  fc.assert(
    fc.property(fc.constantFrom(' ', '\n', ' /* why */ '), value, fc.boolean(), (space, text, isKept) => {
      const bytes = Buffer.from(`xSELECT a FROM t${space}WHERE b = '${text}' AND c = 7x`);
      const statement = statements.of(bytes, 1, bytes.length - 1);
      const whole = bytes.toString('utf8', 1, bytes.length - 1);
      bytes.fill(0);
      if (isKept) statement.keep();
      expect(statement.text).toBe(whole);
      expect(statement).toMatchObject(shapeOf(whole));
      expect(statement.summary).toBe(oneLine(whole));
      expect(writtenOf((json) => statement.writeText(json))).toBe(JSON.stringify(whole));
      expect(writtenOf((json) => statement.writeSummary(json))).toBe(JSON.stringify(oneLine(whole)));
      expect(writtenOf((json) => statement.writeFingerprint(json))).toBe(JSON.stringify(statement.fingerprint));
      const members = { command: statement.verb, query: whole, fingerprint: statement.fingerprint };
      const summary = JSON.stringify(statement.summary);
      const both = writtenOf((json) => {
        statement.writeSummary(json);
        statement.writeMembers(json);
      });
      expect(`${both}}`).toBe(`${summary},"postgres":${JSON.stringify(members)}`);
    }),
    { numRuns: 1000 },
  );
});

test('a statement without literals is the one that was there before', () => {
  const statements = new SqlStatements(standardSql, 'postgres');
  const bytes = Buffer.from('COMMIT, SELECT a FROM t WHERE b = ?, SELECT a FROM t WHERE b = 1');
  const [commit, outline, other] = [[0, 6] as const, [8, 35] as const, [37, 64] as const].map(([start, end]) => ({
    first: statements.of(bytes, start, end),
    second: statements.of(bytes, start, end),
  }));
  expect(commit?.first).toBe(commit?.second);
  expect(outline?.first).toBe(outline?.second);
  expect(other?.first).not.toBe(other?.second);
  expect(other?.first.group).toBe(outline?.first.group);
  expect([commit, outline, other].map((pair) => pair?.second.text)).toEqual(bytes.toString().split(', '));
});

test('a summary is one line of bounded length', () => {
  expect(oneLine(`a\n\tb ${'c'.repeat(500)}`)).toMatch(/^a b c{196}…$/);
});
