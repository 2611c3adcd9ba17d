import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cliReference, codesIn, exitCodesTable, referenceIn } from './docs-cli.ts';

const page = readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8');

test('docs/cli.md says what the commands say: node scripts/docs-cli.ts writes it', async () => {
  expect(referenceIn(page)).toBe(await cliReference());
});

/** Without the padding that the formatter gives tables. */
const plain = (table: string): string => table.replace(/ +/g, ' ').replace(/-+/g, '-');

test('its table of exit codes is that of the commands', () => {
  expect(plain(codesIn(page))).toBe(plain(exitCodesTable()));
});

test('every command shows examples', async () => {
  const sections = (await cliReference()).split(/^### /m).slice(1);
  // Those that only hold others have none of their own.
  const without = sections.filter((text) => text.includes('```text\nkubeshark') && !/Examples?:/.test(text));
  expect(without.map((text) => text.split('\n')[0])).toEqual([]);
});
