import { expect, test } from 'vitest';
import { MAX_NAMES, MAX_WAITING, NameTable } from './name-table.ts';

const read = (bytes: Uint8Array, start: number, end: number) => [
  { address: Buffer.from(bytes.subarray(start, end)).toString(), name: 'x' },
];

/** An answer that tells one address. */
function wait(table: NameTable, address: string): void {
  const bytes = Buffer.from(`..${address}..`);
  table.learnLater(read, bytes, { start: 2, end: bytes.length - 2 });
}

test('the newest name of an address wins', () => {
  const table = new NameTable();
  table.learn({ address: '192.0.2.1', name: 'old.example' });
  table.learnLater(() => [{ address: '192.0.2.1', name: 'new.example' }], new Uint8Array(1), { start: 0, end: 1 });
  expect(table.nameOf('192.0.2.1')).toBe('new.example');
  expect(table.nameOf('192.0.2.2')).toBeUndefined();
});

test('the version tells of every change, also of what waited to be read', () => {
  const table = new NameTable();
  const first = table.version;
  table.learn({ address: '192.0.2.1', name: 'a.example' });
  const second = table.version;
  expect(second).not.toBe(first);
  table.learn({ address: '192.0.2.1', name: 'a.example' });
  expect(table.version).toBe(second);
  wait(table, '192.0.2.2');
  expect(table.version).not.toBe(second);
  expect(table.nameOf('192.0.2.2')).toBe('x');
});

test('sources are read when a name is asked for, and once', () => {
  let reads = 0;
  const table = new NameTable();
  const counted = () => {
    reads++;
    return [];
  };
  table.learnLater(counted, new Uint8Array(1), { start: 0, end: 1 });
  expect(reads).toBe(0);
  table.nameOf('192.0.2.1');
  table.nameOf('192.0.2.1');
  expect(reads).toBe(1);
});

test('where nobody asks for names, answers are left and given names are still known', () => {
  const table = new NameTable({ isAsked: false });
  wait(table, 'a1');
  table.learn({ address: 'a2', name: 'y' });
  expect([table.nameOf('a1'), table.nameOf('a2')]).toEqual([undefined, 'y']);
});

test('name-limit: those not learnt for longest leave first', () => {
  const table = new NameTable();
  const count = 2 * MAX_NAMES;
  for (let i = 0; i < count; i++) {
    table.learn({ address: `a${i}`, name: 'x' });
    table.learn({ address: 'again', name: 'x' });
  }
  const kept = Array.from({ length: count }, (_, i) => i).filter((i) => table.nameOf(`a${i}`) !== undefined);
  expect(kept.length).toBeLessThan(MAX_NAMES);
  expect(kept.length).toBeGreaterThanOrEqual(MAX_NAMES / 2 - 1);
  expect(kept.at(-1)).toBe(count - 1);
  expect(kept[0]).toBe(count - kept.length);
  expect(table.nameOf('again')).toBe('x');
});

test('a name that has changed is not found as it was', () => {
  const table = new NameTable();
  table.learn({ address: 'a', name: 'old' });
  for (let i = 0; i < MAX_NAMES / 2; i++) table.learn({ address: `a${i}`, name: 'x' });
  table.learn({ address: 'a', name: 'new' });
  expect(table.nameOf('a')).toBe('new');
});

test('waiting-limit: the oldest answers leave unread', () => {
  const table = new NameTable();
  for (let i = 0; i <= MAX_WAITING; i++) wait(table, `a${i}`);
  const kept = ['a0', `a${MAX_WAITING / 2}`, `a${MAX_WAITING}`].map((address) => table.nameOf(address));
  expect(kept).toEqual([undefined, 'x', 'x']);
});

test('waiting-bytes-limit: many long answers push out the oldest, one that is too long is left out', () => {
  const table = new NameTable();
  const long = 'b'.repeat(1000);
  for (let i = 0; i < 2000; i++) wait(table, `${i}${long}`);
  wait(table, 'c'.repeat(1_000_000));
  const kept = [`0${long}`, `1999${long}`, 'c'.repeat(1_000_000)].map((address) => table.nameOf(address));
  expect(kept).toEqual([undefined, 'x', undefined]);
});
