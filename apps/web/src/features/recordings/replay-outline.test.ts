import { expect, test } from 'vitest';
import { outlineLines } from './replay-outline.tsx';

test('the outline says what is sent, what is not and why, and what is missing', () => {
  const plan = {
    planned: 1_200,
    hosts: { shop: 1_200 },
    skipped: { 'left out by its method': 3 },
    redacted: { authorization: 7 },
    captures: [],
  };
  expect(outlineLines(plan)).toEqual([
    '1,200 calls would be sent, recorded for shop.',
    'Not sent: 3 left out by its method.',
    'Without authorization: it is redacted in 7 calls. Set it above.',
  ]);
  expect(outlineLines({ ...plan, planned: 0, hosts: {}, skipped: {}, redacted: {} })).toEqual([
    '0 calls would be sent.',
  ]);
});
