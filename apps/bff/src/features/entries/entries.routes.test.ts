import { EntryPage } from '@kubeshark/contract';
import { rowOf } from '@kubeshark/model';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';

const stored = Array.from({ length: 25 }, (_, n) =>
  anHttpEntry(0, { id: idAt(START_MICROS + n), timestamp: START_MICROS + n, summary: `GET /${n}` }),
);

test('pages are newest first and meet without gap or overlap', async () => {
  const hub = await startHub();
  await hub.services.store.insert(stored);
  const page = async (query: string) => EntryPage.parse(await (await fetch(`${hub.url}/api/entries?${query}`)).json());

  const first = await page('limit=10');
  const second = await page(`limit=10&before=${first.next}`);
  const third = await page(`limit=10&before=${second.next}`);
  expect([...first.rows, ...second.rows, ...third.rows]).toEqual(stored.toReversed().map(rowOf));
  expect(third.next).toBeNull();

  const inTime = await page('limit=10&seconds=2');
  expect([inTime.rows, inTime.complete]).toEqual([first.rows, true]);

  const bounded = await page(`since=${START_MICROS + 5}&until=${START_MICROS + 8}`);
  expect(bounded.rows.map(({ summary }) => summary)).toEqual(['GET /7', 'GET /6', 'GET /5']);
});

test('one entry is given whole, from the live bus before the store has it', async () => {
  const hub = await startHub();
  await hub.services.store.insert(stored);
  const inFlight = anHttpEntry(0, { id: idAt(START_MICROS + 1_000) });
  hub.services.bus.publish([inFlight]);

  const find = async (id: string) => (await fetch(`${hub.url}/api/entries/${id}`)).json();
  expect(await find(stored[3]!.id)).toEqual(stored[3]);
  expect(await find(inFlight.id)).toEqual(inFlight);
});

test.each([
  ['an id nobody gave', '/api/entries/12', 404, 'KS_ENTRY_NOT_FOUND'],
  ['a path instead of an id', '/api/entries/..%2F..%2Fetc%2Fpasswd', 400, 'KS_BAD_REQUEST'],
  ['a limit of a million', '/api/entries?limit=1000000', 400, 'KS_BAD_REQUEST'],
  ['an hour of search', '/api/entries?seconds=3600', 400, 'KS_BAD_REQUEST'],
  ['a cursor that is SQL', '/api/entries?before=1%20OR%201', 400, 'KS_BAD_REQUEST'],
  ['a time in words', '/api/entries?since=yesterday', 400, 'KS_BAD_REQUEST'],
  ['an unknown address', '/api/entry', 404, 'KS_NOT_FOUND'],
])('%s is a problem with a code and a request id', async (_name, path, status, code) => {
  const hub = await startHub();
  const answer = await fetch(`${hub.url}${path}`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
});
