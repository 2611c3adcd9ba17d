import { expect, test } from 'vitest';
import { KnownAttachments, MAX_ATTACHMENTS, MAX_ATTACHMENTS_BYTES } from './attachments.ts';

const value = { json: new Uint8Array(0), isEmpty: true, traceId: undefined };

/** Asks so often, keeps what came before, and asks once more. */
function ask(known: KnownAttachments, text: string, times = 2) {
  const bytes = Buffer.from(`..${text}.`);
  for (let i = 0; i < times; i++) {
    if (known.find(bytes, 2, bytes.length - 1) === null && known.isAgain) known.keep(bytes, 2, bytes.length - 1, value);
  }
  return known.find(bytes, 2, bytes.length - 1);
}

test.each(['HnZZ', 'H with a token Z', 'x'.repeat(MAX_ATTACHMENTS_BYTES)])('%j is known when it came twice', (text) => {
  expect(ask(new KnownAttachments(), text, 1)).toBeNull();
  expect(ask(new KnownAttachments(), text)).toBe(value);
});

test.each(['', 'HZ', 'x'.repeat(MAX_ATTACHMENTS_BYTES + 1)])('%j is never kept', (text) => {
  expect(ask(new KnownAttachments(), text)).toBeNull();
});

test('what differs in one byte is another', () => {
  const known = new KnownAttachments();
  const text = 'H trace-id 4bf92f3577b34da6 Z';
  ask(known, text);
  for (let at = 0; at < text.length; at++) {
    const other = Buffer.from(text);
    other[at] = (other[at] ?? 0) ^ 1;
    expect(known.find(other, 0, other.length)).toBeNull();
  }
});

test('a flood of those that never come again takes the place of nothing', () => {
  const known = new KnownAttachments();
  ask(known, 'H always the same Z');
  for (let i = 0; i < 20 * MAX_ATTACHMENTS; i++) ask(known, `H trace ${i} Z`, 0);
  expect(ask(known, 'H always the same Z', 0)).toBe(value);
});
