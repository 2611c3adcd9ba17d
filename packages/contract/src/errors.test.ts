import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes, errorTable } from './errors.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `(KS_\w+)` +\| (\S+) +\| (.+?) +\|$/gm)].map(([, code, status, meaning]) => [
  code,
  status === '—' ? 0 : Number(status),
  meaning,
]);

test('docs/errors.md has each code once, with its status and meaning, and nothing else', () => {
  expect(rows).toEqual(errorCodes.map((code) => [code, errorTable[code].status, errorTable[code].meaning]));
});
