import { exportFormatNames } from '@kubeshark/contract/recordings';
import { exportFormats } from '@kubeshark/recording';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';

const stored = Array.from({ length: 25 }, (_, second) =>
  anHttpEntry(second, { method: second % 2 === 0 ? 'GET' : 'POST', error: second % 5 === 0 }),
);

test('the contract and the table of formats name the same', () => {
  expect([...exportFormatNames].toSorted()).toEqual(Object.keys(exportFormats).toSorted());
});

test('a query comes as a file, oldest first, and is in the audit log', async () => {
  const hub = await startHub();
  await hub.services.store.insert(stored);
  const answer = await fetch(`${hub.url}/api/export?format=ndjson&q=${encodeURIComponent('error == true')}`);
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="kubeshark-\d{8}-\d{6}\.ndjson"/);
  const lines = (await answer.text()).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(stored.filter(({ error }) => error));
  expect(await hub.services.audit.list(1)).toMatchObject([{ action: 'GET /api/export' }]);
});

test('chosen calls come in the order they were chosen; those that are gone are left out', async () => {
  const hub = await startHub();
  await hub.services.store.insert(stored);
  const answer = await fetch(`${hub.url}/api/export?format=json&ids=${stored[7]!.id},1,${stored[3]!.id}`);
  expect(await answer.json()).toEqual([stored[7], stored[3]]);
});

test.each(exportFormatNames)('%s of nothing is a whole file', async (format) => {
  const hub = await startHub();
  const answer = await fetch(`${hub.url}/api/export?format=${format}`);
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
});

test.each([
  ['a format nobody knows', 'format=exe', 'KS_BAD_REQUEST'],
  ['a query that does not compile', 'format=json&q=http%20and%20(', 'KS_BAD_QUERY'],
  ['an id that is a path', 'format=json&ids=..%2F1', 'KS_BAD_REQUEST'],
  ['too many ids', `format=json&ids=${Array.from({ length: 301 }, () => '1').join()}`, 'KS_BAD_REQUEST'],
])('%s is refused before anything is sent', async (_name, query, code) => {
  const hub = await startHub();
  const answer = await fetch(`${hub.url}/api/export?${query}`);
  expect([answer.status, await answer.json()]).toMatchObject([400, { code }]);
});
