import { expect, test } from 'vitest';
import { MAX_NAMES, MAX_WAITING, NameTable } from './name-table.ts';

test('the newest name of an address wins', () => {
  const table = new NameTable();
  table.learn({ address: '192.0.2.1', name: 'old.example' });
  table.learnLater({ names: () => [{ address: '192.0.2.1', name: 'new.example' }] });
  expect(table.nameOf('192.0.2.1')).toBe('new.example');
  expect(table.nameOf('192.0.2.2')).toBeUndefined();
});

test('sources are read when a name is asked for, and once', () => {
  let reads = 0;
  const table = new NameTable();
  table.learnLater({
    names: () => {
      reads++;
      return [];
    },
  });
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
  for (let i = 0; i <= MAX_WAITING; i++) table.learnLater({ names: () => [{ address: `a${i}`, name: 'x' }] });
  expect([table.nameOf('a0'), table.nameOf(`a${MAX_WAITING}`)]).toEqual([undefined, 'x']);
});
