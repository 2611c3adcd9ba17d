import { expect, test } from 'vitest';
import { printable } from './stdout.ts';

test.each([
  ['an escape sequence', 'GET /\u001b[2J', 'GET /\\x1b[2J'],
  ['a new line', 'a\r\nb', 'a\\x0d\\x0ab'],
  ['an 8-bit control', '\u009b31m', '\\x9b31m'],
  ['a turned direction', 'a\u202eb', 'a\\x202eb'],
  ['other languages', 'grüße 日本 🙂', 'grüße 日本 🙂'],
])('%s in text from the wire does nothing to the terminal', (_name, text, shown) => {
  expect(printable(text)).toBe(shown);
});
