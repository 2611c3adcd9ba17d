import { expect, test } from 'vitest';
import { Remembered } from './remembered.ts';

test('remembered-limit: a flood of new texts is made anew and never kept beyond the limit', () => {
  let made = 0;
  const lengths = new Remembered(
    (text) => {
      made++;
      return text.length;
    },
    { texts: 100, characters: 10 },
  );
  expect([lengths.of('abc'), lengths.of('abc'), made]).toEqual([3, 3, 1]);
  for (let i = 0; i < 1000; i++) {
    expect(lengths.of(`n${i}`)).toBe(`n${i}`.length);
    expect(lengths.size).toBeLessThanOrEqual(100);
  }
  const before = lengths.size;
  expect(lengths.of('a longer text')).toBe(13);
  expect(lengths.size).toBe(before);
});
