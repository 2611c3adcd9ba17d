/** The queries of `injections.kfl`. */

import { readFileSync } from 'node:fs';

const file = readFileSync(new URL('../../injections.kfl', import.meta.url), 'utf8');

export const injections: readonly string[] = file
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.replaceAll('⏎', '\n').replaceAll('␀', '\0'));
