import { expect, test } from 'vitest';
import { HeldBytes } from './held-bytes.ts';

const textOf = ({ bytes, start, end }: HeldBytes) => Buffer.from(bytes.subarray(start, end)).toString();

test('bytes are where they were until they go away, and copied once', () => {
  const chunk = Buffer.from('<orders>');
  const held = new HeldBytes();
  held.hold({ bytes: chunk, start: 1, end: 7 });
  expect([held.bytes, textOf(held)]).toEqual([chunk, 'orders']);
  held.keep();
  chunk.fill(0);
  expect(textOf(held)).toBe('orders');
  const { bytes, start } = held;
  held.keep();
  expect([held.bytes === bytes, held.start]).toEqual([true, start]);
});

test('what is let go of is empty, and nothing is copied of it', () => {
  const held = new HeldBytes();
  held.hold({ bytes: Buffer.from('orders'), start: 0, end: 6 });
  held.release();
  held.keep();
  expect([held.bytes.length, held.start, held.end]).toEqual([0, 0, 0]);
});
