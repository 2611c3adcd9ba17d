import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RecordingInfo, ReplayInfo } from '@kubeshark/contract/recordings';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startHub, type TestHub } from '../../testing/hub.ts';
import { Replays } from './replays.service.ts';

async function post<T>(hub: TestHub, address: string, body: object = {}): Promise<T> {
  const answer = await fetch(`${hub.url}${address}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as T;
}

/** A hub with a recording of five calls to `/carts/7`. */
async function aRecording(): Promise<{ hub: TestHub; id: string }> {
  const hub = await startHub();
  const { id } = await post<RecordingInfo>(hub, '/api/recordings', { name: 'Carts' });
  const entries = Array.from({ length: 5 }, (_, n) => anHttpEntry(n / 100));
  await hub.services.ingest.take(entries, new AbortController().signal);
  await post(hub, `/api/recordings/${id}/stop`);
  return { hub, id };
}

async function aTarget(answer: object | undefined): Promise<string> {
  const server = createServer((_, response) => {
    if (answer === undefined) return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const over = (hub: TestHub, id: string) =>
  expect
    .poll(async () => ReplayInfo.parse(await (await fetch(`${hub.url}/api/replays/${id}`)).json()), { timeout: 20_000 })
    .toMatchObject({ state: 'done' });
const reportOf = async (hub: TestHub, id: string) =>
  ReplayInfo.parse(await (await fetch(`${hub.url}/api/replays/${id}`)).json()).report;

test('a recording is sent again; its report says what differs, on the page and as a file', async () => {
  const { hub, id } = await aRecording();
  const target = await aTarget({ items: [1] });
  const started = await post<ReplayInfo>(hub, `/api/recordings/${id}/replay`, { target, speed: 10 });
  expect(started).toMatchObject({ state: 'running', recording: 'Carts', planned: 5 });
  await over(hub, started.id);
  const report = await reportOf(hub, started.id);
  expect(report).toMatchObject({ sent: 5, different: 5 });
  expect(report?.calls[0]?.differences).toContainEqual({ part: 'body', text: '$.items[0] is new: 1' });
  const page = await fetch(`${hub.url}/api/replays/${started.id}/report`);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(await page.text()).toContain('5 of 5 answers are not the recorded ones');
  const junit = await (await fetch(`${hub.url}/api/replays/${started.id}/report?format=xml`)).text();
  expect(junit).toContain('failures="5"');

  const ignoring = { target, speed: 10, ignore: 'GET /carts/{id} $.items' };
  const again = await post<ReplayInfo>(hub, `/api/recordings/${id}/replay`, ignoring);
  await over(hub, again.id);
  expect(await reportOf(hub, again.id)).toMatchObject({ equal: 5, ignored: [{ place: '$.items', calls: 5 }] });
  const list = (await (await fetch(`${hub.url}/api/replays`)).json()) as { replays: ReplayInfo[] };
  expect(list.replays.map((one) => one.id)).toEqual([again.id, started.id]);
  const events = await hub.services.audit.list(9);
  expect(events.map(({ action }) => action)).toContain('POST /api/recordings/:id/replay');
});

test('what would be sent is told without sending anything, as narrow as it is asked for', async () => {
  const { hub, id } = await aRecording();
  const outline = (more: object) =>
    post(hub, `/api/recordings/${id}/replay/outline`, { target: 'http://127.0.0.1:1', ...more });
  expect(await outline({ loops: 2 })).toMatchObject({ planned: 10, hosts: { cart: 5 }, captures: [] });
  expect(await outline({ methods: ['post'] })).toMatchObject({ planned: 0, skipped: { 'left out by its method': 5 } });
  const mapHosts = { cart: 'http://127.0.0.1:2' };
  expect(await outline({ mapHosts })).toMatchObject({ planned: 5, hosts: {} });
});

test('reports outlive the hub; what was running then is said to have broken off', async () => {
  const { hub, id } = await aRecording();
  const target = await aTarget({ items: [1] });
  const { id: whole } = await post<ReplayInfo>(hub, `/api/recordings/${id}/replay`, { target, speed: 'max' });
  await over(hub, whole);
  const silent = await aTarget(undefined);
  const { id: cut } = await post<ReplayInfo>(hub, `/api/recordings/${id}/replay`, { target: silent, speed: 0.001 });
  const directory = path.join(hub.dataDir, 'replays');
  await expect.poll(() => readdirSync(directory).filter((name) => name.endsWith('.json')).length).toBe(2);
  // What a hub that was killed leaves behind.
  const copy = mkdtempSync(path.join(tmpdir(), 'kubeshark-replays-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  cpSync(directory, copy, { recursive: true });
  writeFileSync(path.join(copy, 'half.json'), '{"info":');
  const again = await Replays.open(copy, (error) => expect.fail(String(error)));
  expect(again.list(undefined).map((one) => [one.id, one.state, one.reason])).toEqual([
    [cut, 'failed', 'the hub was restarted while it ran'],
    [whole, 'done', undefined],
  ]);
  expect(again.get(whole, undefined).report).toEqual(await reportOf(hub, whole));
  expect(again.list('another scope')).toEqual([]);
  expect(statSync(path.join(directory, `${whole}.json`)).mode & 0o077).toBe(0);
  await again.close();
});

test('a replay is stopped; what was sent until then is in its report', async () => {
  const { hub, id } = await aRecording();
  const target = await aTarget(undefined);
  const { id: replay } = await post<ReplayInfo>(hub, `/api/recordings/${id}/replay`, { target, speed: 0.001 });
  expect(await (await fetch(`${hub.url}/api/replays/${replay}/report`)).json()).toMatchObject({ code: 'KS_CONFLICT' });
  await post(hub, `/api/replays/${replay}/stop`);
  await over(hub, replay);
  expect(await reportOf(hub, replay)).toMatchObject({ isStopped: true });
});

test.each([
  ['no address', { target: 'ftp://x' }, 'KS_BAD_REQUEST'],
  ['a filter that does not compile', { target: 'http://x', filter: 'http and (' }, 'KS_BAD_QUERY'],
  ['a filter that leaves nothing', { target: 'http://x', filter: 'redis' }, 'KS_BAD_REQUEST'],
  ['a rule that is none', { target: 'http://x', ignore: 'GET /a' }, 'KS_BAD_REQUEST'],
  ['a capture that is none', { target: 'http://x', captures: '$.token' }, 'KS_BAD_REQUEST'],
  ['no target', {}, 'KS_BAD_REQUEST'],
])('%s is refused before anything is sent', async (_name, body, code) => {
  const { hub, id } = await aRecording();
  expect(await post(hub, `/api/recordings/${id}/replay`, body)).toMatchObject({ code });
  expect(await post(hub, '/api/replays/0123456789ab/stop')).toMatchObject({ code: 'KS_REPLAY_NOT_FOUND' });
});
