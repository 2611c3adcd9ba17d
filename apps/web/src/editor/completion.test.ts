import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completionsAt, contextAt, hoverAt } from './completion.ts';

/** The cursor is at `^`. */
const at = (text: string) => [text.replace('^', ''), text.indexOf('^')] as const;
const noValues = async () => [];

test.each<[string, string]>([
  ['^', 'term'],
  ['resp^', 'term'],
  ['http and ^', 'term'],
  ['not req^', 'term'],
  ['response.status ^', 'operator'],
  ['request.headers["X-Id"] ^', 'operator'],
  ['http ^', 'connective'],
  ['response.status == ^', 'value'],
  ['dst.name == "fr^', 'value'],
  ['response.status == 200 ^', 'connective'],
  ['http | ^', 'stage'],
  ['"some text^', 'none'],
])('%s asks for %s', (text, kind) => {
  expect(contextAt(...at(text)).kind).toBe(kind);
});

test('fields and flags come with their explanation', async () => {
  const { from, items } = await completionsAt(...at('http and resp^'), noValues);
  expect(from).toBe(9);
  expect(items.find(({ label }) => label === 'response.status')?.doc).toBeTruthy();
  expect(items.some(({ label, kind }) => label === 'redis' && kind === 'flag')).toBe(true);
});

test('values are the live ones, quoted when they are text', async () => {
  const { items } = await completionsAt(...at('dst.name == ^'), async (field) => [`${field}!`, 5]);
  expect(items.map(({ label }) => label).slice(0, 2)).toEqual(['"dst.name!"', '5']);
});

test('a number is not offered what only text can do', async () => {
  const { items } = await completionsAt(...at('response.latency ^'), noValues);
  expect(items.map(({ label }) => label)).not.toContain('contains');
});

test('hovering a field explains it', () => {
  expect(hoverAt('response.latency > 5', 3)).toMatchObject({ start: 0, end: 16 });
  expect(hoverAt('response.latency > 5', 19)).toBeUndefined();
});

test('no text and no place is an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.nat(30), async (text, offset) => {
      await completionsAt(text, Math.min(offset, text.length), noValues);
      hoverAt(text, offset);
    }),
  );
});
