import { kflSchema } from '@kubeshark/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from './compile/compile.ts';
import { anEntry } from './testing/entry.ts';

const codesOf = (text: string) => [...new Set(compile(text, kflSchema).diagnostics.map(({ code }) => code))];

describe('hostile text gives a finding at the right place, never a throw', () => {
  test.each<[string, string, string, number]>([
    ['an unclosed string', 'a == "b', 'KFL1002', 5],
    ['an unclosed string before more lines', 'request.path == "b\nand http', 'KFL1002', 16],
    ['nesting', '('.repeat(5_000), 'KFL3002', 100],
    ['nested not', `${'not '.repeat(3_000)}http`, 'KFL3002', 400],
    ['nested lists', `request.path in ${'['.repeat(4_000)}`, 'KFL3002', 116],
    ['a long path', `a${'.b'.repeat(5_000)}`, 'KFL3002', 201],
    ['10,000 names', `a${'.b'.repeat(10_000)}`, 'KFL3001', 16_384],
    ['a megabyte', 'http and '.repeat(120_000), 'KFL3001', 16_384],
    ['too many terms', 'a=1 or '.repeat(1_100), 'KFL3003', 7_000],
    ['a long chain of sums', `${'1+'.repeat(2_000)}1 == 2`, 'KFL3002', 202],
    ['a lone surrogate', 'http \ud800 dns', 'KFL1001', 5],
    ['NUL', 'http\0', 'KFL1001', 4],
    ['curly quotes', 'request.path == “/”', 'KFL1001', 16],
    ['a catastrophic repeat', `request.path matches "${'('.repeat(20)}a${'{30})'.repeat(20)}"`, 'KFL2006', 21],
    ['a bad pattern', 'request.path matches "(?=a)"', 'KFL2006', 21],
    ['another alphabet', 'статус == 500', 'KFL2001', 0],
    ['a half character', '\udc00', 'KFL1001', 0],
  ])('%s', (_, text, code, start) => {
    const compiled = compile(text, kflSchema);
    const finding = compiled.diagnostics.find((diagnostic) => diagnostic.code === code);
    expect({ codes: codesOf(text), start: finding?.start }).toMatchObject({ start });
    expect(compiled.predicate(anEntry(0, {}))).toBe(false);
  });

  test('any text at all gives a tree, findings and a predicate that runs', () => {
    const words = fc.constantFrom(
      ...'and or not in contains exists like matches == != < >= .. . ( ) [ ] { } , : ? | & + - * / % " \' ` r" # //'.split(
        ' ',
      ),
      ...[
        'http',
        'request.path',
        'response.status',
        'now()',
        '5m',
        '10KB',
        '1e999',
        '0x',
        '"a"',
        'stats',
        'by',
        'count()',
        '\\',
        '\n',
        '\0',
        'é',
        '😀',
        '\ud800',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(words, { maxLength: 60 }).map((parts) => parts.join(' ')),
      fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
    );
    const entry = anEntry(0, { 'request.path': '/', protocols: ['http'] });
    fc.assert(
      fc.property(text, (query) => {
        const { predicate, diagnostics } = compile(query, kflSchema);
        expect(typeof predicate(entry)).toBe('boolean');
        for (const { start, end } of diagnostics) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(query.length);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
