import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_JSON_DEPTH, parseJson } from './json.ts';
import { toJson } from './tree.ts';

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const result = parseJson(text);
      expect(result.ok && JSON.parse(toJson(result.root))).toEqual(JSON.parse(text));
    }),
  );
});

test('refuses what JSON.parse refuses', () => {
  const pieces = ['{', '}', '[', ']', '"a"', ':', ',', '1', '-', 'true', ' ', '\\'];
  const nearJson = fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join(''));
  fc.assert(
    fc.property(nearJson, (text) => {
      let wanted = true;
      try {
        JSON.parse(text);
      } catch {
        wanted = false;
      }
      expect(parseJson(text).ok).toBe(wanted);
    }),
  );
});

test('64-bit integers survive', () => {
  const result = parseJson('{"id":9223372036854775807,"price":1.10}');
  expect(result.ok && toJson(result.root)).toBe('{\n  "id": 9223372036854775807,\n  "price": 1.10\n}');
});

test.each([
  ['{"a":1', 'the text ends early', 6],
  ['{a:1}', 'a name in quotes is expected', 1],
  ['[1 2]', '] is expected', 3],
  ['1 2', 'text after the value', 2],
])('%s is bad: %s', (text, fault, at) => {
  expect(parseJson(text)).toEqual({ ok: false, fault, at });
});

test('depth is limited', () => {
  expect(parseJson('['.repeat(100_000))).toEqual({ ok: false, fault: 'nested too deeply', at: MAX_JSON_DEPTH + 1 });
});
