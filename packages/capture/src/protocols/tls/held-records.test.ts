import { expect, test } from 'vitest';
import { KeyStore, MAX_WAITING_BYTES } from '../../tls/key-store.ts';
import { HeldRecords, MAX_HELD_BYTES } from './held-records.ts';

const record = (length: number) => ({ type: 23, version: 0x0303, fragment: new Uint8Array(length).fill(7) });
const live = () => new KeyStore({ live: true });

test('records are offered in order, and only those taken leave', () => {
  const held = new HeldRecords(live());
  held.add('client', record(1));
  held.add('server', null);
  held.add('server', record(2));
  const offered: unknown[] = [];
  let room = 2;
  held.retry((side, each) => {
    offered.push([side, each?.fragment.length ?? 'gap']);
    return room-- > 0;
  });
  expect(offered).toEqual([
    ['client', 1],
    ['server', 'gap'],
    ['server', 2],
  ]);
  expect(held.isEmpty).toBe(false);
  held.retry(() => true);
  expect(held.isEmpty).toBe(true);
});

test('held-limit: a connection may only hold so much', () => {
  const held = new HeldRecords(live());
  expect(held.add('client', record(MAX_HELD_BYTES))).toBe(true);
  expect(held.add('client', record(1))).toBe(false);
  held.drop();
  expect(held.start()).toBe(false);
});

test('what one connection drops, others may hold', () => {
  const store = live();
  store.reserve(MAX_WAITING_BYTES - 10);
  const first = new HeldRecords(store);
  const second = new HeldRecords(store);
  expect([first.add('client', record(10)), second.add('client', record(10))]).toEqual([true, false]);
  first.drop();
  expect(second.add('client', record(10))).toBe(true);
});
