import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TextLanguage } from './body/model.ts';
import { highlightLine } from './highlight.ts';

const languages: readonly TextLanguage[] = ['text', 'json', 'xml', 'graphql', 'sql', 'css', 'script'];

test('no character is lost or added', () => {
  const pieces = fc.constantFrom('"a"', "'", '<a b="c">', '--', '/*', '#', 'SELECT', '1.5', '{', ':', ' ', '\\', '`');
  const lines = fc.oneof(
    fc.string(),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(lines, fc.constantFrom(...languages), (line, language) => {
      const joined = highlightLine(line, language)
        .map(({ text }) => text)
        .join('');
      expect(joined).toBe(line);
    }),
  );
});

test.each<[string, TextLanguage, string]>([
  ['"a": "b"', 'json', 'key plain string'],
  ['SELECT 1 -- x', 'sql', 'keyword plain number plain comment'],
  ['<a b="c">', 'xml', 'keyword plain key plain string keyword'],
])('%s in %s is %s', (line, language, inks) => {
  expect(
    highlightLine(line, language)
      .map(({ ink }) => ink)
      .join(' '),
  ).toBe(inks);
});
