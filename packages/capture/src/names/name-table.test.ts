import { expect, test } from 'vitest';
import { MAX_NAMES, MAX_WAITING, NameTable } from './name-table.ts';

const read = (bytes: Uint8Array) => [{ address: Buffer.from(bytes).toString(), name: 'x' }];

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

test('name-limit: the oldest address leaves first', () => {
  const table = new NameTable();
  for (let i = 0; i <= MAX_NAMES; i++) table.learn({ address: `a${i}`, name: 'x' });
  expect([table.nameOf('a0'), table.nameOf('a1'), table.nameOf(`a${MAX_NAMES}`)]).toEqual([undefined, 'x', 'x']);
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
