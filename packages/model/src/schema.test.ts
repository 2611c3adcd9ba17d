import { compile } from '@kubeshark/kfl';
import { expect, test } from 'vitest';
import { protocols } from './catalogue.ts';
import { kflSchema } from './schema.ts';

const fields = Object.entries(kflSchema.fields);

test.each(fields.flatMap(([name, { example }]) => (example === undefined ? [] : [[name, example] as const])))(
  'the example of %s is a clean query: %s',
  (_, example) => {
    const { diagnostics, predicate } = compile(example, kflSchema);
    expect(diagnostics).toEqual([]);
    expect(typeof predicate({})).toBe('boolean');
  },
);

test.each(fields)('%s is described in one sentence', (_, { doc }) => {
  expect(doc).toMatch(/^\S.*[.…]$/s);
});

test('no spelling means two fields', () => {
  const spellings = fields.flatMap(([name, { aliases = [] }]) => [
    name,
    ...aliases.map((alias) => (typeof alias === 'string' ? alias : alias.name)),
  ]);
  expect(spellings.filter((name, index) => spellings.indexOf(name) !== index)).toEqual([]);
});

test('every protocol has a flag', () => {
  expect(kflSchema.flags.map(({ id }) => id)).toEqual(protocols.map(({ id }) => id));
});
