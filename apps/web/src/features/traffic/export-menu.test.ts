import { expect, test } from 'vitest';
import { exportAddress } from './export-menu.tsx';

test.each([
  ['everything', { query: '', range: { kind: 'all' }, ids: undefined }, 'format=har&q='],
  [
    'a query between two instants',
    { query: 'http and status_code >= 500', range: { kind: 'between', from: 1, to: 2 }, ids: undefined },
    'format=har&q=http+and+status_code+%3E%3D+500&since=1&until=2',
  ],
  [
    'selected calls, whatever the query',
    { query: 'dns', range: { kind: 'live' }, ids: ['7', '9'] },
    'format=har&ids=7%2C9',
  ],
] as const)('the address of %s', (_name, scope, expected) => {
  expect(exportAddress('har', scope)).toBe(`api/export?${expected}`);
});
