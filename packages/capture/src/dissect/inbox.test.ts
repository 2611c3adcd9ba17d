import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Inbox, MAX_TIMES } from './inbox.ts';

test('whatever comes and goes: the unread bytes, their times, and memory that is given back', () => {
  const packet = fc.record({ length: fc.integer({ min: 1, max: 3000 }), wait: fc.nat(2), consumed: fc.nat(4000) });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
      const budget = { used: 5 };
      const inbox = new Inbox(budget);
      const unread: { byte: number; at: number }[] = [];
      let now = 1;
      for (const [number, { length, wait, consumed }] of packets.entries()) {
        now += wait;
        inbox.append(new Uint8Array(length).fill(number), now);
        for (let i = 0; i < length; i++) unread.push({ byte: number, at: now });
        expect([...inbox.view()]).toEqual(unread.map(({ byte }) => byte));
        for (const offset of [0, unread.length >> 1, unread.length - 1])
          expect(inbox.timeAt(offset)).toBe(unread[offset]?.at);
        const gone = Math.min(consumed, unread.length);
        inbox.consume(gone);
        unread.splice(0, gone);
        expect(inbox.length).toBe(unread.length);
      }
      inbox.clear();
      expect(budget.used).toBe(5);
    }),
  );
});

test('a flood of small packets has so many times; the first and the last stay right', () => {
  const budget = { used: 0 };
  const inbox = new Inbox(budget);
  const flood = 4 * MAX_TIMES;
  for (let at = 1; at <= flood; at++) inbox.append(Uint8Array.of(at), at);
  expect([0, MAX_TIMES - 2, MAX_TIMES - 1, flood - 1].map((offset) => inbox.timeAt(offset))).toEqual([
    1,
    MAX_TIMES - 1,
    flood,
    flood,
  ]);
  // Twice the bytes, and what tells their times.
  expect(budget.used).toBeLessThanOrEqual(2 * flood + 16 * MAX_TIMES);
  inbox.consume(flood);
  expect(budget.used).toBe(0);
});
