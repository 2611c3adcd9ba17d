import { expect, test } from 'vitest';
import { internedText } from './interned-text.ts';

test.each(['orders', 'größe', '价格/温度', '', '\u0000', 'x'.repeat(1000)])('%s is the same each time', (text) => {
  const bytes = new TextEncoder().encode(`>${text}<`);
  expect(internedText(bytes, 1, bytes.length - 1)).toBe(text);
  expect(internedText(bytes, 1, bytes.length - 1)).toBe(text);
});
