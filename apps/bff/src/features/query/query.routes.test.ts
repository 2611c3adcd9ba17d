import { Validation } from '@kubeshark/contract';
import { expect, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';

test.each([
  ['', true, []],
  ['http and response.status >= 500', true, []],
  ['response.status >=', false, ['error']],
  ['respones.status == 1', true, ['warning']],
])('%s is a query: %s', async (query, ok, severities) => {
  const hub = await startHub();
  const answer = await fetch(`${hub.url}/api/query/validate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const validation = Validation.parse(await answer.json());
  expect(validation.ok).toBe(ok);
  expect(validation.diagnostics.map(({ severity }) => severity)).toEqual(severities);
});
