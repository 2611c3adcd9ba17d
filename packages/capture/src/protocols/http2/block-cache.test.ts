import { expect, test } from 'vitest';
import { BlockCache, MAX_BLOCK_BYTES, SLOTS } from './block-cache.ts';
import { FoundFields, HeaderBlock } from './header-block.ts';
import type { Octets } from './huffman.ts';

const STATE = 7;
const octetsOf = (text: string): Octets => ({ bytes: Buffer.from(text), start: 0, end: text.length });
const block = () => new HeaderBlock(new FoundFields());

/** Asks for a block so often and keeps `made` each time it is not known. */
function ask(cache: BlockCache, octets: Octets, { state = STATE, made = block(), times = 2 } = {}) {
  for (let i = 0; i < times; i += 1) if (cache.find(octets, state) === undefined) cache.keep(octets, state, made);
  return cache.find(octets, state);
}

test('what came twice is known, what came once is not', () => {
  const cache = new BlockCache();
  const made = block();
  expect(ask(cache, octetsOf('once'), { times: 1 })).toBeUndefined();
  expect(ask(cache, octetsOf('twice'), { made })).toBe(made);
});

test('the same bytes with another table are another block', () => {
  const cache = new BlockCache();
  ask(cache, octetsOf('block'));
  expect(cache.find(octetsOf('block'), STATE + 1)).toBeUndefined();
});

test('its key is a copy, and blocks that differ in their middle alone are told apart', () => {
  const cache = new BlockCache();
  const bytes = Buffer.from(`${'a'.repeat(50)}1${'b'.repeat(50)}`);
  const octets = { bytes, start: 0, end: bytes.length };
  expect(ask(cache, octets)).toBeDefined();
  bytes[50] = '2'.charCodeAt(0);
  expect(cache.find(octets, STATE)).toBeUndefined();
});

test('a block longer than the limit is never kept', () => {
  expect(ask(new BlockCache(), octetsOf('x'.repeat(MAX_BLOCK_BYTES + 1)))).toBeUndefined();
});

test('of a flood no more than the slots are kept', () => {
  const cache = new BlockCache();
  const all = Array.from({ length: 3 * SLOTS }, (_, i) => octetsOf(`block ${i}`));
  for (const octets of all) ask(cache, octets);
  const kept = all.filter((octets) => cache.find(octets, STATE) !== undefined);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(SLOTS);
});
