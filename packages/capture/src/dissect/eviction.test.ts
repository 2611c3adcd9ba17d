import { expect, test } from 'vitest';
import { FlowTable } from '../reassembly/flow-table.ts';
import { evictOldest } from './eviction.ts';
import { WireScript } from './testing/wire-script.ts';

test('a sixteenth leaves, those that were silent longest', () => {
  const table = new FlowTable<{ readonly port: number; readonly lastAt: number }>();
  for (let port = 0; port < 1600; port++) {
    table.find(new WireScript({ clientPort: port, serverPort: 9 }).udp('client', ''));
    table.put({ port, lastAt: (port * 7) % 1600 });
  }
  const left: number[] = [];
  evictOldest(
    table,
    ({ lastAt }) => lastAt,
    ({ lastAt }) => left.push(lastAt),
  );
  expect(left.length).toBe(100);
  expect(Math.max(...left)).toBeLessThanOrEqual(100);
  expect(table.size).toBe(1500);
});
