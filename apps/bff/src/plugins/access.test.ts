import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AccessRules, AuditLog, EntryPage, endpoints, type LiveServerMessage, Me, Totals } from '@kubeshark/contract';
import { recordingEndpoints } from '@kubeshark/contract/recordings';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { addressesOf } from '../access/addresses.ts';
import type { AccessPolicy } from '../access/identity.ts';
import { startHub } from '../testing/hub.ts';
import { TestSocket } from '../testing/socket.ts';

/** A proxy on 127.0.0.2; requests of tests choose the address they come from. */
const PROXY = '127.0.0.2';
const ELSEWHERE = '127.0.0.3';

function policyOf(rules: object = {}): AccessPolicy {
  const proxies = addressesOf([PROXY]);
  if ('fault' in proxies) throw new Error(proxies.fault);
  return {
    proxies,
    rules: AccessRules.parse({
      loopback: 'none',
      rules: [
        { group: 'ops', role: 'admin' },
        { group: 'shop', role: 'analyst', namespaces: ['shop'] },
        { group: 'guests', role: 'viewer' },
      ],
      ...rules,
    }),
  };
}

interface Ask {
  readonly from?: string;
  readonly group?: string;
  readonly headers?: Record<string, string>;
  readonly method?: 'GET' | 'PUT' | 'POST';
  readonly body?: object;
}

const identity = (group: string | undefined): Record<string, string> =>
  group === undefined ? {} : { 'remote-user': `one-of-${group}`, 'remote-groups': group };

/** A real request whose connection comes from the address that is asked for. */
async function ask(url: string, { from = PROXY, group, headers, method = 'GET', body }: Ask = {}) {
  const sent = request(url, {
    localAddress: from,
    method,
    headers: {
      ...identity(group),
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  const json: unknown =
    answer.headers['content-type']?.startsWith('application/json') === true ? JSON.parse(text) : undefined;
  return { status: answer.statusCode, code: (json as { code?: string } | undefined)?.code, json, text };
}

const ours = [0, 1, 2].map((n) => anHttpEntry(n, { id: idAt(START_MICROS + n) }));
const theirs = [3, 4].map((n) =>
  anHttpEntry(n, {
    id: idAt(START_MICROS + n),
    src: { ip: '10.9.0.1', port: 4000, namespace: 'secret' },
    dst: { ip: '10.9.0.2', port: 80, namespace: 'secret', name: 'vault' },
    connection: { id: 'theirs', transport: 'tcp', index: n },
  }),
);

async function hubWithCalls(rules: object = {}) {
  const hub = await startHub({ access: policyOf(rules) });
  await hub.services.store.insert([...ours, ...theirs]);
  return hub;
}

test('who the proxy names is who it is; forged headers are refused', async () => {
  const { url } = await startHub({ access: policyOf() });
  const me = await ask(`${url}/api/me`, { group: 'ops' });
  expect(Me.parse(me.json)).toMatchObject({ user: 'one-of-ops', role: 'admin', source: 'proxy' });

  expect(await ask(`${url}/api/me`)).toMatchObject({ status: 401, code: 'KS_UNAUTHENTICATED' });
  expect(await ask(`${url}/api/me`, { group: 'strangers' })).toMatchObject({ status: 401 });
  const forged = { from: ELSEWHERE, group: 'ops', headers: { 'x-forwarded-for': PROXY, forwarded: `for=${PROXY}` } };
  expect(await ask(`${url}/api/me`, forged)).toMatchObject({ status: 401, code: 'KS_UNAUTHENTICATED' });
  expect(await ask(`${url}/api/entries`, forged)).toMatchObject({ status: 401 });
});

test('without rules everybody is the administrator of this machine, and is told', async () => {
  const { url } = await startHub();
  const me = await ask(`${url}/api/me`, { from: '127.0.0.1', group: 'guests' });
  expect(me.json).toMatchObject({ user: 'anonymous', role: 'admin', source: 'none' });
});

test('every endpoint refuses who is not known, whatever they send', async () => {
  const { app } = await startHub({ access: policyOf() });
  for (const { method, path: address } of Object.values({ ...endpoints, ...recordingEndpoints })) {
    const url = address.replace(/:\w+/g, '1');
    const answer = await app.inject({ method, url, remoteAddress: ELSEWHERE });
    expect(answer.statusCode, `${method} ${address}`).toBe(401);
  }
});

test('a scope is part of every read', async () => {
  const { url } = await hubWithCalls();
  const shop = { group: 'shop' };
  const page = EntryPage.parse((await ask(`${url}/api/entries?q=${encodeURIComponent('http or true')}`, shop)).json);
  expect(page.rows.map(({ id }) => id).toSorted()).toEqual(ours.map(({ id }) => id).toSorted());
  expect(Totals.parse((await ask(`${url}/api/stats/totals`, shop)).json)).toMatchObject({ count: 3 });
  for (const address of [
    `/api/entries/${theirs[0]!.id}`,
    `/api/entries/${theirs[0]!.id}/neighbours`,
    '/api/map?by=service',
    '/api/stats/top?by=service',
    '/api/stats/series?by=service',
    '/api/histogram',
    '/api/values?field=dst.name',
    '/api/export?format=ndjson',
    `/api/export?format=ndjson&ids=${theirs[0]!.id}`,
  ]) {
    const mine = await ask(`${url}${address}`, shop);
    expect(mine.text, address).not.toContain('vault');
    expect(mine.text, address).not.toContain('10.9.0.2');
  }
  const run = { method: 'POST', body: { query: 'http or true | count by dst.name' } } as const;
  const sent = await ask(`${url}/api/query/run`, { ...shop, ...run });
  expect(sent.status).toBe(200);
  expect(sent.text).not.toContain('vault');
  expect((await ask(`${url}/api/entries/${theirs[0]!.id}`, { group: 'ops' })).status).toBe(200);
});

test('a live stream shows what its owner may see, and only what a proxy vouches for is let in', async () => {
  const hub = await hubWithCalls();
  const live = `${hub.url}/api/live`;
  const socket = await TestSocket.open(live, { localAddress: PROXY, headers: identity('shop') });
  socket.send({ type: 'subscribe', query: 'true' });
  await socket.next<LiveServerMessage>(({ type }) => type === 'state');
  const fresh = [...theirs, ...ours].map((entry, n) => ({ ...entry, id: idAt(START_MICROS + 100 + n) }));
  await hub.services.ingest.take(fresh, AbortSignal.timeout(20_000));
  const rows = await socket.next<LiveServerMessage>(({ type }) => type === 'rows');
  expect(rows.type === 'rows' && rows.rows.map(({ src }) => src.namespace)).toEqual(
    ours.map(({ src }) => src.namespace),
  );

  for (const [localAddress, headers] of [
    [ELSEWHERE, identity('ops')],
    [ELSEWHERE, {}],
    [PROXY, {}],
  ] as const) {
    const refused = new WebSocket(live.replace('http', 'ws'), { localAddress, headers });
    const [error] = (await once(refused, 'error')) as [Error];
    expect(error.message).toContain('401');
  }
});

test('an event stream is narrowed and refused like the socket', async () => {
  const hub = await hubWithCalls();
  expect(await ask(`${hub.url}/api/live/sse`, { from: ELSEWHERE, group: 'ops' })).toMatchObject({ status: 401 });
  expect(await ask(`${hub.url}/api/live/sse?q=request.body%20exists`, { group: 'guests' })).toMatchObject({
    status: 403,
  });
});

test('a viewer sees calls without payloads and changes nothing', async () => {
  const { url } = await hubWithCalls();
  const guest = { group: 'guests' };
  const entry = await ask(`${url}/api/entries/${ours[0]!.id}`, guest);
  expect(entry.json).toMatchObject({ id: ours[0]!.id });
  expect(entry.text).not.toContain('"headers"');
  for (const address of [
    '/api/entries?q=request.body%20exists',
    '/api/values?field=request.headers',
    '/api/audit',
    '/api/export?format=ndjson',
    '/api/webhooks',
  ])
    expect(await ask(`${url}${address}`, guest), address).toMatchObject({ status: 403, code: 'KS_FORBIDDEN' });
  const save = { method: 'PUT', body: { name: 'Mine', query: 'http' } } as const;
  expect(await ask(`${url}/api/queries/mine`, { ...guest, ...save })).toMatchObject({ status: 403 });
  expect((await ask(`${url}/api/queries/mine`, { group: 'ops', ...save })).status).toBe(200);
});

test('the audit log has who read payloads, by entry and by query', async () => {
  const { url } = await hubWithCalls();
  await ask(`${url}/api/entries/${ours[0]!.id}`, { group: 'shop' });
  const query = 'http | fields request.headers';
  await ask(`${url}/api/query/run`, { group: 'shop', method: 'POST', body: { query } });
  await ask(`${url}/api/query/run`, { group: 'shop', method: 'POST', body: { query: 'http | count by endpoint' } });
  const { events } = AuditLog.parse((await ask(`${url}/api/audit`, { group: 'ops' })).json);
  expect(events).toMatchObject([
    { user: 'one-of-shop', action: 'POST /api/query/run', target: query },
    { user: 'one-of-shop', action: 'GET /api/entries/:id', target: ours[0]!.id },
  ]);
});

test('metrics: open to Prometheus, not to people who see a part', async () => {
  const { url } = await startHub({ access: policyOf() });
  const metrics = `${url}/metrics`;
  expect((await ask(metrics, { from: ELSEWHERE })).status).toBe(200);
  expect((await ask(metrics, { group: 'shop' })).status).toBe(403);
  expect((await ask(metrics, { group: 'ops' })).status).toBe(200);
  expect((await ask(metrics)).status).toBe(401);
  const closed = await startHub({ access: policyOf({ metrics: 'closed' }) });
  expect((await ask(`${closed.url}/metrics`, { from: ELSEWHERE })).status).toBe(401);
});

test('probes and the page itself need nobody, a port-forward has its role', async () => {
  const { url } = await startHub({ access: policyOf({ loopback: 'viewer' }) });
  for (const address of ['/healthz', '/readyz'])
    expect((await ask(`${url}${address}`, { from: ELSEWHERE })).status).toBe(200);
  const me = await ask(`${url}/api/me`, { from: '127.0.0.1' });
  expect(me.json).toMatchObject({ user: 'port-forward', role: 'viewer', source: 'loopback' });
});

test('under a path: page, API and WebSocket answer with and without it', async () => {
  const webDir = await mkdtemp(path.join(tmpdir(), 'kubeshark-web-'));
  onTestFinished(() => rm(webDir, { recursive: true }));
  await mkdir(path.join(webDir, 'assets'));
  await writeFile(path.join(webDir, 'index.html'), '<base href="/" /><title>app</title>');
  await writeFile(path.join(webDir, 'assets/app-1.js'), 'app()');
  const { url } = await startHub({ basePath: '/tools/kubeshark/', webDir });
  for (const address of ['/tools/kubeshark', '/tools/kubeshark/', '/tools/kubeshark/map?q=http', '/map'])
    expect((await ask(`${url}${address}`)).text, address).toContain('<base href="/tools/kubeshark/"');
  expect((await ask(`${url}/tools/kubeshark/assets/app-1.js`)).text).toBe('app()');
  expect((await ask(`${url}/tools/kubeshark/api/version`)).json).toMatchObject({ name: 'kubeshark' });
  expect((await ask(`${url}/tools/kubesharks/api/version`)).text).toContain('<title>app');
  const socket = await TestSocket.open(`${url}/tools/kubeshark/api/live`);
  socket.send({ type: 'subscribe', query: '' });
  expect(await socket.next<LiveServerMessage>()).toMatchObject({ type: 'state' });
});
