import { expect, test } from 'vitest';
import type { Octets } from './huffman.ts';
import { Recurring, SHORT_BYTES } from './recurring.ts';

const MARK = 7;
const SLOTS = 64;
const MAX_BYTES = 128;
const octetsOf = (text: string): Octets => ({ bytes: Buffer.from(text), start: 0, end: text.length });
const memory = () => new Recurring<string>({ slots: SLOTS, maxBytes: MAX_BYTES });

/** Asks for octets so often, keeps them each time they are not known, and asks once more. */
function ask(known: Recurring<string>, octets: Octets, { mark = MARK, times = 2 } = {}): string | undefined {
  for (let i = 0; i < times; i += 1) if (known.find(octets, mark) === undefined) known.keep(octets, mark, 'value');
  return known.find(octets, mark);
}

test.each([
  '',
  'a',
  'word',
  'a longer one',
  'x'.repeat(SHORT_BYTES),
  'y'.repeat(SHORT_BYTES + 1),
  'z'.repeat(MAX_BYTES),
])('%j is known when it came twice', (text) => {
  expect(ask(memory(), octetsOf(text), { times: 1 })).toBeUndefined();
  expect(ask(memory(), octetsOf(text))).toBe('value');
});

test('longer octets are never kept', () => {
  expect(ask(memory(), octetsOf('x'.repeat(MAX_BYTES + 1)))).toBeUndefined();
});

test('the same octets with another mark are another thing', () => {
  const known = memory();
  ask(known, octetsOf('block'));
  expect(known.find(octetsOf('block'), MARK + 1)).toBeUndefined();
});

test('its key is a copy, and octets that differ in their middle alone are told apart', () => {
  const known = memory();
  const bytes = Buffer.from(`${'a'.repeat(50)}1${'b'.repeat(50)}`);
  const octets = { bytes, start: 0, end: bytes.length };
  expect(ask(known, octets)).toBeDefined();
  bytes[50] = '2'.charCodeAt(0);
  expect(known.find(octets, MARK)).toBeUndefined();
});

test('what comes once takes the place of nothing', () => {
  const known = memory();
  ask(known, octetsOf('again and again'));
  for (let i = 0; i < 3 * SLOTS; i += 1) ask(known, octetsOf(`once ${i}`), { times: 1 });
  expect(known.find(octetsOf('again and again'), MARK)).toBe('value');
});

test('of a flood no more than the slots are kept', () => {
  const known = memory();
  const all = Array.from({ length: 3 * SLOTS }, (_, i) => octetsOf(`value ${i}`));
  for (const octets of all) ask(known, octets);
  const kept = all.filter((octets) => known.find(octets, MARK) !== undefined);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(SLOTS);
});
