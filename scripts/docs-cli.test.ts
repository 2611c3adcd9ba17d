import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cliReference, referenceIn } from './docs-cli.ts';

const page = readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8');

test('docs/cli.md says what the commands say: node scripts/docs-cli.ts writes it', async () => {
  expect(referenceIn(page)).toBe(await cliReference());
});
