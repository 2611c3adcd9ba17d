import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import { groupOf } from './endpoint-names.ts';

function query(name: string, type: string): Uint8Array {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]).toString('hex'));
  return hexBytes(`${'00'.repeat(12)}${labels.join('')}00${type}0001`)!;
}

test('the same bytes give the same text, other bytes their own', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `service-${i}.example`);
  for (let round = 0; round < 2; round++) {
    for (const name of names) {
      const message = query(name, '0001');
      expect(groupOf(message, 0, message.length)?.endpoint).toBe(`A ${name}`);
    }
  }
});

test.each([
  ['the type counts', query('a.example', '001c'), 'AAAA a.example'],
  ['case does not', query('A.eXample', '0001'), 'A a.example'],
  ['a name that loops', hexBytes(`${'00'.repeat(12)}c00c00010001`)!, undefined],
])('%s', (_name, message, expected) => {
  expect(groupOf(message, 0, message.length)?.endpoint).toBe(expected);
});
