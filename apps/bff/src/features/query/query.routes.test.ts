import { RunResult, Validation } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
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

async function run(query: string) {
  const hub = await startHub();
  const entries = Array.from({ length: 30 }, (_, n) => {
    const status = n % 3 === 0 ? 500 : 200;
    return anHttpEntry(0, {
      id: idAt(START_MICROS + n),
      timestamp: START_MICROS + n,
      endpoint: n < 20 ? 'GET /carts/{id}' : 'GET /orders',
      status,
      error: status >= 500,
      latency: n,
      response: { size: 10, status, latency: n },
    });
  });
  await hub.services.store.insert(entries);
  const answer = await fetch(`${hub.url}/api/query/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return { status: answer.status, body: await answer.json() };
}

test('a query with stages answers with a table', async () => {
  const { body } = await run('http | stats count() as calls, errorRate() as failed by endpoint | sort -calls');
  expect(RunResult.parse(body)).toMatchObject({
    kind: 'table',
    columns: [{ name: 'endpoint' }, { name: 'calls', type: 'number' }, { name: 'failed' }],
    rows: [
      ['GET /carts/{id}', 20, expect.closeTo(7 / 20)],
      ['GET /orders', 10, expect.closeTo(3 / 10)],
    ],
    truncated: false,
  });
});

test('a query without stages answers with a page', async () => {
  const { body } = await run('response.status >= 500');
  const result = RunResult.parse(body);
  expect(result.kind === 'entries' && result.page.rows.map(({ status }) => status)).toEqual(Array(10).fill(500));
});

test('a query that does not compile is a problem with its diagnostics', async () => {
  const { status, body } = await run('http | stats');
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'KS_BAD_QUERY', details: { diagnostics: [{ severity: 'error' }] } });
});
