import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['text as it is', Buffer.from('grüße\n'), 'grüße\n'],
  ['odd bytes escaped, the text between them readable', Uint8Array.of(0, 0xff, 0x61, 0x62, 0x5c), '\\x00\\xffab\\x5c'],
  ['nothing', new Uint8Array(0), ''],
])('%s', (_, bytes, expected) => {
  expect(printable(bytes)).toBe(expected);
});
