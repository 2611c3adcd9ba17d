import { compile } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { andTerm, termOf } from './term.ts';

const ok = termOf({ field: 'response.status', value: 200 });

test.each<[string, string]>([
  ['', ok],
  ['http', `http and ${ok}`],
  ['http or dns', `(http or dns) and ${ok}`],
  ['http || dns', `(http || dns) and ${ok}`],
  ['http | count by endpoint', `http and ${ok} | count by endpoint`],
  ['| count by endpoint', `${ok} | count by endpoint`],
  ['request.path contains "a|b"', `request.path contains "a|b" and ${ok}`],
  ['request.path contains " or "', `request.path contains " or " and ${ok}`],
  ['http # why', `http # why\n and ${ok}`],
  ['http or dns # all of it', `(http or dns # all of it\n) and ${ok}`],
  ['# nothing else', `# nothing else\n${ok}`],
])('%s with the term is %s', (query, wanted) => {
  expect(andTerm(query, ok)).toBe(wanted);
  expect(compile(wanted, kflSchema).diagnostics).toEqual([]);
});
