import { expect, test } from 'vitest';
import { replayBody } from './replay-dialog.tsx';

const choice = {
  target: ' http://staging ',
  filter: '',
  pace: 'recorded',
  amount: 5,
  allowWrites: false,
  headers: '',
  captures: '',
  ignore: '',
} as const;

test.each([
  ['as recorded', {}, { speed: 1 }],
  ['faster', { pace: 'faster' }, { speed: 5 }],
  ['at a rate', { pace: 'rate' }, { speed: 1, rate: 5 }],
  [
    'with headers, whose values may hold colons',
    { headers: 'Authorization: Bearer a:b\n\nnonsense\nX-A:1' },
    { setHeaders: { Authorization: 'Bearer a:b', 'X-A': '1' } },
  ],
] as const)('a replay %s', (_name, change, expected) => {
  expect(replayBody({ ...choice, ...change })).toMatchObject({
    target: 'http://staging',
    allowWrites: false,
    ...expected,
  });
});
