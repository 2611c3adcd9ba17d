import { expect, test } from 'vitest';
import { formatClock } from '../../lib/format.ts';
import { outlookText } from './packets-field.tsx';

const since = Date.UTC(2026, 10, 25, 10) * 1000;
const kept = [
  { node: 'a', since, bytes: 1_000_000 },
  { node: 'b', since: since + 60e6, bytes: 500_000 },
];

test.each([
  ['of all nodes', { kept, without: [] }, `Packets are kept back to ${formatClock(since + 60e6)} (1.50 MB).`],
  [
    'of some nodes',
    { kept: kept.slice(0, 1), without: ['b'] },
    `Packets are kept on 1 of 2 nodes back to ${formatClock(since)} (1.00 MB); those of other nodes are rebuilt.`,
  ],
  ['not yet', { kept: [{ node: 'a', since: null, bytes: 0 }], without: [] }, 'Packets are kept (0 B).'],
  [
    'of nobody',
    { kept: [], without: ['a'], reason: 'no node keeps packets' },
    'Packets are rebuilt from the calls: no node keeps packets.',
  ],
])('packets %s', (_name, outlook, expected) => {
  expect(outlookText(outlook)).toBe(expected);
});
