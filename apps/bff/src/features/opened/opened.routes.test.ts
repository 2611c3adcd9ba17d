import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { EntryPage, ServiceMap, Totals } from '@kubeshark/contract';
import type { OpenedFile } from '@kubeshark/contract/recordings';
import { toHar } from '@kubeshark/recording/har';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { MAX_OPENED } from '../../opened/opened-files.ts';
import { startHub, type TestHub } from '../../testing/hub.ts';

const capture = path.resolve(import.meta.dirname, '../../../../../packages/capture/fixtures/http/node-shop/input.pcap');

async function open(hub: TestHub, bytes: Uint8Array | string, name = 'traffic') {
  const answer = await fetch(`${hub.url}/api/opened?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes as Uint8Array<ArrayBuffer>,
  });
  return (await answer.json()) as OpenedFile & { code?: string; message?: string };
}
const get = async (hub: TestHub, address: string) => (await (await fetch(`${hub.url}${address}`)).json()) as never;
const files = async (hub: TestHub) => ((await get(hub, '/api/opened')) as { files: OpenedFile[] }).files;

test('a capture is its own source: traffic, numbers and map are of it, the live ones stay', async () => {
  const hub = await startHub();
  const live = anHttpEntry(0);
  await hub.services.store.insert([live]);
  const file = await open(hub, await readFile(capture), 'shop.pcap');
  expect(file).toMatchObject({ name: 'shop.pcap', state: 'done', entries: 8 });
  const source = `source=${file.id}`;
  const page = EntryPage.parse(await get(hub, `/api/entries?${source}&q=http`));
  expect(page.rows).toHaveLength(8);
  expect(Totals.parse(await get(hub, `/api/stats/totals?${source}`)).count).toBe(8);
  expect(ServiceMap.parse(await get(hub, `/api/map?${source}&by=ip`)).edges.length).toBeGreaterThan(0);
  expect(await get(hub, `/api/entries/${page.rows[0]!.id}?${source}`)).toMatchObject({ id: page.rows[0]!.id });
  expect(EntryPage.parse(await get(hub, '/api/entries')).rows.map(({ id }) => id)).toEqual([live.id]);
  const exported = await fetch(`${hub.url}/api/export?format=ndjson&${source}`);
  expect((await exported.text()).trim().split('\n')).toHaveLength(8);
});

test('a recording of the hub opens with the same calls', async () => {
  const hub = await startHub();
  const start = await fetch(`${hub.url}/api/recordings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Checkout"}',
  });
  const { id } = (await start.json()) as { id: string };
  const entries = Array.from({ length: 30 }, (_, second) => anHttpEntry(second));
  await hub.services.ingest.take(entries, new AbortController().signal);
  await fetch(`${hub.url}/api/recordings/${id}/stop`, { method: 'POST' });
  const opened = (await (await fetch(`${hub.url}/api/recordings/${id}/open`, { method: 'POST' })).json()) as OpenedFile;
  expect(opened).toMatchObject({ name: 'Checkout', entries: 30, state: 'done' });
  const found = await (await fetch(`${hub.url}/api/export?format=json&source=${opened.id}`)).json();
  expect(found).toEqual(entries);

  // And the file that is downloaded is the same.
  const tar = new Uint8Array(await (await fetch(`${hub.url}/api/recordings/${id}/file`)).arrayBuffer());
  expect(await open(hub, tar, 'checkout.tar')).toMatchObject({ entries: 30, state: 'done' });
  expect(await open(hub, tar.subarray(0, tar.length - 2_000), 'cut.tar')).toMatchObject({
    state: 'damaged',
    reason: expect.stringContaining('in the middle of traffic.pcapng'),
  });
});

test('a HAR opens; what is closed is gone, with its files', async () => {
  const hub = await startHub();
  const file = await open(hub, toHar([anHttpEntry(0)]), 'browser.har');
  expect(file).toMatchObject({ entries: 1 });
  await fetch(`${hub.url}/api/opened/${file.id}`, { method: 'DELETE' });
  expect(await files(hub)).toEqual([]);
  expect(await get(hub, `/api/entries?source=${file.id}`)).toMatchObject({ code: 'KS_SOURCE_NOT_FOUND' });
});

test.each([
  ['nothing', ''],
  ['a text', 'hello '.repeat(200)],
  ['JSON that is no HAR', '{"a":1}'],
])('%s is refused with its reason, and nothing of it stays open', async (_name, text) => {
  const hub = await startHub();
  expect(await open(hub, text)).toMatchObject({ code: 'KS_BAD_FILE', message: expect.stringMatching(/\w/) });
  expect(await files(hub)).toEqual([]);
});

test('the file that was not looked at for longest makes room', async () => {
  const hub = await startHub();
  const har = toHar([anHttpEntry(0)]);
  const opened: OpenedFile[] = [];
  for (let n = 0; n < MAX_OPENED; n++) opened.push(await open(hub, har, `${n}.har`));
  await get(hub, `/api/entries?source=${opened[0]!.id}`);
  await open(hub, har, 'one more.har');
  expect((await files(hub)).map(({ name }) => name)).toEqual(['0.har', '2.har', '3.har', 'one more.har']);
}, 60_000);
