import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AccessRules } from '@kubeshark/contract';
import { type RecordingInfo, RecordingList } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { readRecording } from '@kubeshark/recording';
import { anHttpEntry, idAt } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { addressesOf } from '../../access/addresses.ts';
import { startHub, type TestHub } from '../../testing/hub.ts';

const gone = new AbortController().signal;
const take = (hub: TestHub, entries: readonly Entry[]) => hub.services.ingest.take(entries, gone);
const calls = (from: number, count: number) => Array.from({ length: count }, (_, n) => anHttpEntry(from + n));

async function ask(hub: TestHub, method: string, address: string, body?: object) {
  const answer = await fetch(`${hub.url}/api/recordings${address}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: answer.status, body: (await answer.json()) as RecordingInfo & { code?: string } };
}
const start = async (hub: TestHub, body: object = {}) =>
  (await ask(hub, 'POST', '', { name: 'Checkout', ...body })).body;
const list = async (hub: TestHub) =>
  RecordingList.parse(await (await fetch(`${hub.url}/api/recordings`)).json()).recordings;

async function entriesIn(hub: TestHub, id: string): Promise<Entry[]> {
  const answer = await fetch(`${hub.url}/api/recordings/${id}/file`);
  expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
  const found: Entry[] = [];
  for await (const part of readRecording(answer.body as unknown as AsyncIterable<Uint8Array>))
    if (part.kind === 'entries') found.push(...part.entries);
  return found;
}

const state = (hub: TestHub, id: string) => async () => (await list(hub)).find((one) => one.id === id)?.state;

test('what matches while it runs is in the file; several run at once', async () => {
  const hub = await startHub();
  await take(hub, calls(0, 5));
  const all = await start(hub, { name: 'Everything' });
  const some = await start(hub, { name: 'Failures', query: 'error == true' });
  expect(all).toMatchObject({ state: 'recording', entries: 0 });
  const failed = anHttpEntry(200, { error: true });
  await take(hub, [...calls(100, 3), failed]);
  expect((await list(hub)).map(({ name, entries }) => [name, entries])).toEqual([
    ['Failures', 1],
    ['Everything', 4],
  ]);
  expect((await ask(hub, 'POST', `/${all.id}/stop`)).body).toMatchObject({
    state: 'done',
    stopReason: 'hand',
    entries: 4,
  });
  await take(hub, calls(300, 2));
  await ask(hub, 'POST', `/${some.id}/stop`);
  expect(await entriesIn(hub, all.id)).toEqual([...calls(100, 3), failed]);
  expect(await entriesIn(hub, some.id)).toEqual([failed]);
});

test('a call that matches only once its pod is known is in it, and one of before its beginning is not', async () => {
  const hub = await startHub();
  const nameless = ['before', 'during'].map((_, n) => {
    const timestamp = Date.now() * 1000 + (n === 0 ? -60e6 : 60e6);
    return anHttpEntry(0, { id: idAt(timestamp), timestamp, src: { ip: '10.1.0.5', port: 1 } });
  });
  const { id } = await start(hub, { query: 'src.pod == "web-1"' });
  await take(hub, nameless);
  const named = nameless.map((before) => ({ before, after: { ...before, src: { ...before.src, pod: 'web-1' } } }));
  hub.services.bus.correct(named);
  await ask(hub, 'POST', `/${id}/stop`);
  expect(await entriesIn(hub, id)).toEqual([named[1]?.after]);
});

test.each([
  ['a number of calls', { entries: 3 }, 'count', 3],
  ['a size', { bytes: 1 }, 'size', 10],
  ['a time', { seconds: 0.01 }, 'time', undefined],
] as const)('%s ends it', async (_name, limits, stopReason, entries) => {
  const hub = await startHub();
  const { id } = await start(hub, { limits });
  await take(hub, calls(0, 10));
  await take(hub, calls(10, 1));
  await expect.poll(state(hub, id)).toBe('done');
  const [ended] = await list(hub);
  expect(ended?.stopReason).toBe(stopReason);
  if (entries !== undefined) expect(await entriesIn(hub, id)).toHaveLength(entries);
});

test('the moment before the click is in it when that is asked for, nothing twice', async () => {
  const hub = await startHub();
  const now = Date.now() * 1000;
  const before = [90, 20, 5].map((seconds) => {
    const timestamp = now - seconds * 1e6;
    return anHttpEntry(0, { id: idAt(timestamp), timestamp });
  });
  await take(hub, before);
  const { id } = await start(hub, { preRollSeconds: 30 });
  await take(hub, before.slice(2));
  await ask(hub, 'POST', `/${id}/stop`);
  expect(await entriesIn(hub, id)).toEqual(before.slice(1));
});

test('a recording begins at its time', async () => {
  const hub = await startHub();
  const { id } = await start(hub, { startAt: (Date.now() + 1_200) * 1000 });
  expect((await list(hub))[0]).toMatchObject({ id, state: 'scheduled', entries: 0 });
  await expect.poll(state(hub, id), { timeout: 10_000 }).toBe('recording');
});

test('a recording that is repeated schedules its next when it begins; cancelling that ends the series', async () => {
  const hub = await startHub();
  const startAt = (Date.now() + 1_200) * 1000;
  const body = { startAt, repeat: 'hour', limits: { seconds: 60 }, query: 'http' };
  const { id } = await start(hub, body);
  await expect.poll(state(hub, id), { timeout: 10_000 }).toBe('recording');
  // The next is scheduled right after.
  await expect.poll(async () => (await list(hub)).length, { timeout: 10_000 }).toBe(2);
  const [next] = (await list(hub)).filter((one) => one.id !== id);
  expect(next).toMatchObject({ name: 'Checkout', ...body, state: 'scheduled', startAt: startAt + 3_600e6 });
  await ask(hub, 'POST', `/${next?.id}/stop`);
  await ask(hub, 'POST', `/${id}/stop`);
  expect((await list(hub)).map(({ state: is }) => is)).toEqual(['done']);
});

test('a series whose times passed while the hub was away goes on with the next to come', async () => {
  const hub = await startHub();
  const startAt = (Date.now() - 90 * 60_000) * 1000;
  const { id } = await start(hub, { startAt, repeat: 'hour', limits: { seconds: 60 } });
  const next = (await list(hub)).find((one) => one.id !== id);
  expect(next).toMatchObject({ state: 'scheduled', startAt: startAt + 2 * 3_600e6 });
});

test('name and notes change, also in the file; a deletion is taken back', async () => {
  const hub = await startHub();
  const { id } = await start(hub);
  await ask(hub, 'POST', `/${id}/stop`);
  await ask(hub, 'PUT', `/${id}`, { name: 'Login', notes: 'with two users' });
  const file = await fetch(`${hub.url}/api/recordings/${id}/file`);
  const parts = readRecording(file.body as unknown as AsyncIterable<Uint8Array>);
  const { value: first } = await parts.next();
  await parts.return(undefined);
  expect(first).toMatchObject({ kind: 'manifest', manifest: { name: 'Login', notes: 'with two users' } });

  await ask(hub, 'DELETE', `/${id}`);
  expect(await list(hub)).toEqual([]);
  expect((await ask(hub, 'POST', `/${id}/stop`)).body.code).toBe('KS_RECORDING_NOT_FOUND');
  await ask(hub, 'POST', `/${id}/restore`);
  expect(await list(hub)).toMatchObject([{ id, name: 'Login' }]);
});

test('a recording is exported like a query', async () => {
  const hub = await startHub();
  const { id } = await start(hub, { name: 'Über/shop' });
  await take(hub, [anHttpEntry(0), anHttpEntry(1, { error: true })]);
  await ask(hub, 'POST', `/${id}/stop`);
  const answer = await fetch(`${hub.url}/api/recordings/${id}/export?format=json&q=error%20%3D%3D%20true`);
  expect(answer.headers.get('content-disposition')).toBe(
    `attachment; filename="-ber-shop.json"; filename*=UTF-8''%C3%9Cber%2Fshop.json`,
  );
  expect(await answer.json()).toEqual([anHttpEntry(1, { error: true })]);
});

test('a recording whose disk is gone ends as broken off and keeps nobody waiting', async () => {
  const hub = await startHub();
  const { id } = await start(hub);
  await take(hub, calls(0, 3));
  const directory = path.join(hub.dataDir, 'recordings', id);
  await rm(directory, { recursive: true });
  await writeFile(directory, 'no folder any more');
  // The open file takes calls on; ending cannot write beside it.
  expect(await take(hub, calls(10, 3))).toBe(true);
  await fetch(`${hub.url}/api/recordings/${id}/stop`, { method: 'POST' });
  expect((await list(hub))[0]).toMatchObject({ state: 'failed', reason: expect.stringMatching(/ENOTDIR|ENOENT/) });
  await rm(directory);
  await mkdir(directory);
});

test.each([
  ['a query that does not compile', 'POST', '', { name: 'x', query: 'http and (' }, 'KS_BAD_QUERY'],
  ['no name', 'POST', '', { name: ' ' }, 'KS_BAD_REQUEST'],
  [
    'a series without an end of each',
    'POST',
    '',
    { name: 'x', startAt: 1, repeat: 'day', limits: { entries: 1 } },
    'KS_BAD_REQUEST',
  ],
  [
    'a series whose recordings overlap',
    'POST',
    '',
    { name: 'x', startAt: 1, repeat: 'hour', limits: { seconds: 3_600 } },
    'KS_BAD_REQUEST',
  ],
  ['a limit of nothing', 'POST', '', { name: 'x', limits: { entries: 0 } }, 'KS_BAD_REQUEST'],
  ['an id that is a path', 'DELETE', '/..%2F..%2Fetc', undefined, 'KS_BAD_REQUEST'],
  ['an id nobody gave', 'GET', '/0123456789ab/file', undefined, 'KS_RECORDING_NOT_FOUND'],
] as const)('%s is refused', async (_name, method, address, body, code) => {
  const hub = await startHub();
  expect((await ask(hub, method, address, body)).body.code).toBe(code);
});

test('a recording that runs is not downloaded as if it were whole', async () => {
  const hub = await startHub();
  const { id } = await start(hub);
  expect((await ask(hub, 'GET', `/${id}/file`)).body.code).toBe('KS_CONFLICT');
});

test('who sees a part of the traffic records that part, and sees no recording of others', async () => {
  const proxies = addressesOf(['127.0.0.1']);
  if ('fault' in proxies) throw new Error(proxies.fault);
  const rules = AccessRules.parse({
    rules: [
      { group: 'platform', role: 'admin' },
      { group: 'shop', role: 'analyst', namespaces: ['shop'] },
      { group: '*', role: 'viewer' },
    ],
  });
  const hub = await startHub({ access: { proxies, rules } });
  const as = (groups: string) => async (method: string, address: string, body?: object) => {
    const answer = await fetch(`${hub.url}/api/recordings${address}`, {
      method,
      headers: { 'remote-user': 'anna', 'remote-groups': groups, ...(body && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as RecordingInfo & { code?: string; recordings: RecordingInfo[] };
  };
  const [admin, analyst, viewer] = [as('platform'), as('shop'), as('guests')];
  const whole = await admin('POST', '', { name: 'All' });
  const part = await analyst('POST', '', { name: 'Shop' });
  const bank = { ip: '10.9.9.9', port: 80, namespace: 'bank' };
  await take(hub, [anHttpEntry(0), anHttpEntry(1, { src: bank, dst: bank })]);
  expect((await admin('GET', '')).recordings.map(({ name, entries }) => [name, entries])).toEqual([
    ['Shop', 1],
    ['All', 2],
  ]);
  expect((await analyst('GET', '')).recordings.map(({ id }) => id)).toEqual([part.id]);
  expect((await analyst('POST', `/${whole.id}/stop`)).code).toBe('KS_RECORDING_NOT_FOUND');
  // Packets of the wire hold whole connections, unredacted.
  expect((await analyst('POST', `/${part.id}/stop`)).packets).toMatchObject({
    origin: 'rebuilt',
    reasons: [expect.stringContaining('may not see raw packets')],
  });
  expect((await admin('POST', `/${whole.id}/stop`)).packets?.reasons).toEqual(['no agent is connected to this hub']);
  expect((await viewer('GET', '')).code).toBe('KS_FORBIDDEN');
});
