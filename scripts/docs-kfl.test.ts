import { readFileSync } from 'node:fs';
import { aggregates, compile, diagnosticCatalogue, functions, runQuery, stageDocs } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { kflReference } from './docs-kfl.ts';

test('docs/kfl.md says what the tables say: node scripts/docs-kfl.ts writes it', () => {
  expect(readFileSync(new URL('../docs/kfl.md', import.meta.url), 'utf8')).toBe(kflReference());
});

const blocks = [...kflReference().matchAll(/```kfl\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'));
const examples = [
  ...blocks,
  ...functions.map(({ example }) => example),
  ...[...aggregates.values()].map(({ example }) => example),
  ...Object.values(stageDocs).map(({ example }) => example),
  ...Object.values(kflSchema.fields).flatMap(({ example }) => example ?? []),
];

test.each([...new Set(examples)])('the example %s runs', (example) => {
  const compiled = compile(example, kflSchema);
  expect(compiled.diagnostics).toEqual([]);
  expect(() => runQuery(compiled, [{}, { protocols: ['http'], timestamp: 1 }])).not.toThrow();
});

const shown = Object.entries(diagnosticCatalogue).filter(([, { example }]) => example !== '');

test.each(shown)('the example of %s shows it', (code, { example, severity }) => {
  expect(compile(example, kflSchema).diagnostics).toEqual(
    expect.arrayContaining([expect.objectContaining({ code, severity })]),
  );
});
