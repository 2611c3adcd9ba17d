import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from './json-writer.ts';
import { membersOf, RowKeys, writeAscii, writeWhole } from './row-keys.ts';

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const written = (write: (json: JsonWriter) => boolean): string | null => {
  const json = new JsonWriter();
  const isWritten = write(json);
  if (!isWritten) expect(json.length).toBe(0);
  return isWritten ? textOf(json.written()) : null;
};

test('a row written key by key is the object', () => {
  const names = fc.array(fc.oneof(fc.constantFrom('id', 'id#2', '7', '#1', '__proto__'), fc.string()), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(names, (list) => {
      const keys = new RowKeys(list);
      if (keys.json === null) return;
      const row = Object.fromEntries(list.map((_, at) => [keys.of(at), at]));
      expect(`{${keys.json.map((key, at) => `${textOf(key)}${at}`).join(',')}}`).toBe(JSON.stringify(row));
    }),
  );
});

test('names that come again have their number, and columns that were not described too', () => {
  const keys = new RowKeys(['id', 'id']);
  expect([keys.of(0), keys.of(1), keys.of(2)]).toEqual(['id', 'id#2', '#3']);
});

test('whole numbers are written only where JSON writes them so', () => {
  const some = fc.oneof(
    fc.bigInt().map(String),
    fc.double().map(String),
    fc.stringMatching(/^-?[0-9]{0,17}$/),
    fc.string(),
  );
  fc.assert(
    fc.property(some, (text) => {
      const bytes = Buffer.from(`x${text}x`);
      const json = written((to) => writeWhole(to, bytes, 1, bytes.length - 1));
      if (json !== null) expect(json).toBe(JSON.stringify(Number(text)));
      else expect(/^(?:0|-?[1-9]\d{0,14})$/.test(text)).toBe(false);
    }),
  );
});

test('ASCII is written as a string, other text not at all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = Buffer.from(text);
      const json = written((to) => writeAscii(to, bytes, 0, bytes.length));
      expect(json).toBe(bytes.length === text.length ? JSON.stringify(text) : null);
    }),
  );
});

test('members are those that are there', () => {
  expect(textOf(membersOf({ user: 'an"n', database: undefined, id: 7 }))).toBe(',"user":"an\\"n","id":7');
});
