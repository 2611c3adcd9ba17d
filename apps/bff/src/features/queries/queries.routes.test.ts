import { expect, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';

/** The file of the user guide, word for word. */
const guide = `queries:
  slow-requests:
    name: "Slow Requests"
    query: "http and response.latency > 1000"

  database-errors:
    name: "Database Errors"
    query: "postgres and response.status != 0"

  cache-misses:
    name: "Redis Cache Misses"
    query: "redis.command == 'GET' and not redis.hit"
`;

async function send(url: string, method: string, body?: object) {
  const answer = await fetch(url, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test("the guide's queries.yaml is imported whole and comes out again", async () => {
  const { url } = await startHub();
  const { body } = await send(`${url}/api/queries/import`, 'POST', { yaml: guide });
  expect(body).toEqual({ imported: ['slow-requests', 'database-errors', 'cache-misses'], refused: [] });

  const exported = (await send(`${url}/api/queries/export`, 'GET')).body['yaml'] as string;
  const again = await startHub();
  await send(`${again.url}/api/queries/import`, 'POST', { yaml: exported });
  expect((await send(`${again.url}/api/queries`, 'GET')).body).toEqual((await send(`${url}/api/queries`, 'GET')).body);
});

test('what does not compile is refused by name, the rest is taken', async () => {
  const { url } = await startHub();
  const yaml = 'queries: { good: { query: http }, bad: { query: "http and (" }, "../x": { query: http } }';
  expect((await send(`${url}/api/queries/import`, 'POST', { yaml })).body).toEqual({
    imported: ['good'],
    refused: [
      { id: 'bad', reason: expect.stringContaining('not closed') },
      { id: '../x', reason: expect.stringContaining('letters') },
    ],
  });
});

test.each([
  ['a file that is not YAML', 'POST', '/import', { yaml: '{' }, 422, 'KS_BAD_FILE'],
  ['a file of something else', 'POST', '/import', { yaml: 'webhooks: []' }, 422, 'KS_BAD_FILE'],
  ['a query that does not compile', 'PUT', '/mine', { name: 'Mine', query: 'http and (' }, 400, 'KS_BAD_QUERY'],
  ['an id that leads elsewhere', 'PUT', '/..%2Fx', { name: 'Mine', query: 'http' }, 400, 'KS_BAD_REQUEST'],
  ['a query nobody saved', 'DELETE', '/nothing', undefined, 404, 'KS_SAVED_QUERY_NOT_FOUND'],
])('%s is refused by code', async (_name, method, path, body, status, code) => {
  const { url } = await startHub();
  expect(await send(`${url}/api/queries${path}`, method, body)).toMatchObject({ status, body: { code } });
});

test('a query is saved, replaced and deleted', async () => {
  const { url } = await startHub();
  await send(`${url}/api/queries/mine`, 'PUT', { name: 'Mine', query: 'http' });
  await send(`${url}/api/queries/mine`, 'PUT', { name: 'Mine too', query: 'dns' });
  expect((await send(`${url}/api/queries`, 'GET')).body).toEqual({
    queries: [{ id: 'mine', name: 'Mine too', query: 'dns' }],
  });
  expect((await send(`${url}/api/queries/mine`, 'DELETE')).body).toEqual({ queries: [] });
});
