import { expect, test } from 'vitest';
import { JsonWriter } from '../../json/json-writer.ts';
import { keptNames, nameAt, nameJson, nameOf, writePrintable } from './names.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('a name is the same by its text and by its bytes, and null where there is none', () => {
  const bytes = Buffer.from('<orders "ü">');
  expect(nameAt(bytes, 1, bytes.length - 1)).toMatchObject({ text: 'orders "ü"' });
  expect(nameOf('orders "ü"')).toMatchObject({ text: 'orders "ü"' });
  expect([text(nameJson('orders "ü"')), text(nameJson(null))]).toEqual(['"orders \\"ü\\""', 'null']);
});

test(`${keptNames.texts} names are kept, of ${keptNames.characters} characters at most`, () => {
  // Other tests have left some.
  const others = 10;
  const first = nameOf('topic-0');
  for (let topic = 1; topic < keptNames.texts - others; topic++) nameOf(`topic-${topic}`);
  expect(nameOf('topic-0').number).toBe(first.number);
  for (let topic = 0; topic < others; topic++) nameOf(`another-${topic}`);
  nameOf('one more');
  expect(nameOf('topic-0').number).not.toBe(first.number);
  const long = 'n'.repeat(keptNames.characters);
  expect(nameOf(long).number).toBe(nameOf(long).number);
  expect(nameOf(`${long}n`).number).not.toBe(nameOf(`${long}n`).number);
  expect(text(nameOf(`${long}n`).json)).toBe(`"${long}n"`);
});

test.each([['plain'], ['"quoted"'], ['ü'], ['\0\u0001'], ['']])('%j is written as it is printed', (value) => {
  const json = new JsonWriter();
  const bytes = Buffer.from(`<${value}>`);
  writePrintable(json, bytes, 1, bytes.length - 1);
  expect(text(json.written())).toBe(JSON.stringify(nameAt(bytes, 1, bytes.length - 1).text));
});
