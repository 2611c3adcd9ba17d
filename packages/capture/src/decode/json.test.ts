import { expect, test } from 'vitest';
import { parseJson } from './json.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test.each([
  ['an object', '{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
  ['a number', '7', 7],
  ['brackets in a string', `"${'['.repeat(500)}"`, '['.repeat(500)],
  ['a quote in a string', String.raw`{"a":"\"[[","b":"\\"}`, { a: '"[[', b: '\\' }],
  ['many lists beside each other', `[${'[],'.repeat(500)}1]`, expect.arrayContaining([1])],
  ['cut', '{"a":', undefined],
  ['cut in a string', '"a', undefined],
  ['cut behind a backslash', '"a\\', undefined],
  ['nothing', '', undefined],
  ['no JSON', 'hello', undefined],
])('%s', (_name, text, expected) => {
  expect(parseJson(text)).toEqual(expected);
});

test('as deep as can be written again, and no deeper', () => {
  expect(parseJson(nested(128))).toBeInstanceOf(Array);
  expect(parseJson(nested(129))).toBeUndefined();
  expect(parseJson('{"a":'.repeat(200_000))).toBeUndefined();
});
