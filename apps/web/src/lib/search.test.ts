import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  groupings,
  mapGroupings,
  parseSearch,
  patchSearch,
  readSearch,
  type Search,
  sharedSearch,
  writeSearch,
} from './search.ts';

const text = fc.string({ minLength: 1 }).filter((value) => value.isWellFormed());
const id = fc.stringMatching(/^[0-9]{1,20}$/);
const searches = fc.record(
  {
    q: text,
    t: text,
    h: text,
    e: id,
    c: id,
    tab: fc.constantFrom('request', 'timing'),
    group: fc.constantFrom(...groupings),
    sort: fc.constantFrom('latency', '-latency'),
    by: fc.constantFrom(...mapGroupings),
    node: text,
  },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<Search>;

test('what is written is read back', () => {
  fc.assert(
    fc.property(searches, (search) => {
      expect(readSearch(parseSearch(writeSearch(search)))).toEqual(search);
    }),
  );
});

test('nothing a person types is an error', () => {
  fc.assert(
    fc.property(fc.string(), (typed) => {
      expect(() => readSearch(parseSearch(typed))).not.toThrow();
    }),
  );
});

test.each<[Record<string, unknown>, Search]>([
  [{ e: 'x1', tab: 'Request!', group: 'colour', sort: '--latency' }, {}],
  [{ q: '', t: 5 }, {}],
  [{ e: '42', other: '1' }, { e: '42' }],
])('%o reads as %o', (raw, search) => {
  expect(readSearch(raw)).toEqual(search);
});

test('a patch removes what it sets to undefined, and pages share query, time and highlight', () => {
  expect(patchSearch({ q: 'http', e: '1' }, { e: undefined, tab: 'raw' })).toEqual({ q: 'http', tab: 'raw' });
  expect(sharedSearch({ q: 'http', t: '5m', e: '1' })).toEqual({ q: 'http', t: '5m' });
});
