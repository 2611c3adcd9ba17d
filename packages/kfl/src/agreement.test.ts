import { kflSchema } from '@kubeshark/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from './compile/compile.ts';
import type { Query } from './syntax/ast.ts';
import { parse } from './syntax/parser.ts';
import { print } from './syntax/printer.ts';
import { anyCondition, anyEntry } from './testing/arbitrary.ts';

/** The tree without what a different spelling changes: spans, and how a number was written. */
const shape = (tree: Query) =>
  JSON.stringify(tree, (key, value: unknown) => {
    if (['start', 'end', 'nameStart'].includes(key)) return undefined;
    return typeof value === 'bigint' ? `${value}n` : value === Number.POSITIVE_INFINITY ? 'infinity' : value;
  });

const NOW = Date.UTC(2026, 10, 23, 10, 5) * 1000;

test('what is printed is read as the same tree', () => {
  fc.assert(
    fc.property(anyCondition, (query) => {
      const { tree, diagnostics } = parse(query);
      expect(diagnostics).toEqual([]);
      const printed = print(tree);
      expect(shape(parse(printed).tree)).toBe(shape(tree));
      expect(print(parse(printed).tree)).toBe(printed);
    }),
    { numRuns: 1_000 },
  );
});

test('a query and its house spelling find the same, and not finds the rest', () => {
  fc.assert(
    fc.property(anyCondition, fc.array(anyEntry, { minLength: 1, maxLength: 5 }), (query, entries) => {
      const compiled = compile(query, kflSchema, { now: NOW });
      expect(compiled.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const normal = compile(compiled.normal, kflSchema, { now: NOW });
      const opposite = compile(`not (${query})`, kflSchema, { now: NOW });
      const live = compile(query, kflSchema, { clock: () => NOW });
      for (const entry of entries) {
        const found = compiled.predicate(entry);
        expect(normal.predicate(entry)).toBe(found);
        expect(opposite.predicate(entry)).toBe(!found);
        expect(live.predicate(entry)).toBe(found);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('no document of any shape makes a query throw', () => {
  fc.assert(
    fc.property(
      anyCondition,
      fc.object({ withBigInt: true, withNullPrototype: true, maxDepth: 4 }),
      (query, document) => {
        expect(typeof compile(query, kflSchema).predicate(document)).toBe('boolean');
      },
    ),
    { numRuns: 1_000 },
  );
});
