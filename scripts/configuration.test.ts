import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const names = (text: string, pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name]) => name));

test.each([
  ['Hub', '../apps/bff/src/config.ts'],
  ['Agent', '../apps/agent/src/config.ts'],
])('docs/configuration.md has every variable of the %s and no other', (title, source) => {
  const [section = ''] = read('../docs/configuration.md').split(`## ${title}\n`)[1]?.split('\n## ') ?? [];
  const documented = names(section.replace(/ \| .*/g, ''), /`(KUBESHARK_\w+)`/g);
  expect(documented).toEqual(names(read(source), /^ {2}(KUBESHARK_\w+):/gm));
});
