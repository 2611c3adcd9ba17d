import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { protocolReference } from './docs-protocols.ts';

const docs = new URL('../docs/', import.meta.url);

test('docs/protocols.md says what the catalogue says: node scripts/docs-protocols.ts writes it', () => {
  expect(readFileSync(new URL('protocols.md', docs), 'utf8')).toBe(protocolReference());
});

test('every protocol that is read has a README where the page says', () => {
  const folders = [...protocolReference().matchAll(/\]\((\.\.\/[^)]+)\)/g)].map(([, path]) => path!);
  expect(folders.length).toBeGreaterThan(10);
  for (const folder of folders) expect(existsSync(join(docs.pathname, folder)), folder).toBe(true);
});
