import { expect, test } from 'vitest';
import { bodyOf } from './start-form.tsx';

const choice = {
  name: ' Checkout ',
  query: ' http ',
  end: 'hand',
  amount: 5,
  start: 'now',
  seconds: 30,
  at: '',
  repeat: 'once',
  packets: 'captured',
} as const;
const plain = { name: 'Checkout', query: 'http', limits: {}, preRollSeconds: 0, packets: 'captured' };

test.each([
  ['stopped by hand', {}, {}],
  ['after minutes', { end: 'minutes' }, { limits: { seconds: 300 } }],
  ['at a size', { end: 'megabytes', amount: 1.5 }, { limits: { bytes: 1_500_000 } }],
  ['after calls', { end: 'calls' }, { limits: { entries: 5 } }],
  ['with the seconds before', { start: 'preroll' }, { preRollSeconds: 30 }],
  ['later', { start: 'later', at: '2026-11-25T10:00:00Z' }, { startAt: Date.UTC(2026, 10, 25, 10) * 1000 }],
  [
    'each day',
    { start: 'later', at: '2026-11-25T10:00:00Z', repeat: 'day', end: 'minutes' },
    { startAt: Date.UTC(2026, 10, 25, 10) * 1000, repeat: 'day', limits: { seconds: 300 } },
  ],
  ['now, whatever was chosen for later', { repeat: 'day' }, {}],
  ['without raw packets', { packets: 'rebuilt' }, { packets: 'rebuilt' }],
] as const)('a recording %s', (_name, change, expected) => {
  expect(bodyOf({ ...choice, ...change })).toEqual({ ...plain, ...expected });
});
