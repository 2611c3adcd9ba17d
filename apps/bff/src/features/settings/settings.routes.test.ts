import { AuditLog, type HubMessage, Settings } from '@kubeshark/contract';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { hello } from '../../testing/agent.ts';
import { startHub } from '../../testing/hub.ts';
import { TestSocket } from '../../testing/socket.ts';

const put = (url: string, body: object) =>
  fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

test('a change reaches the agents that are connected, and those that come later', async () => {
  const hub = await startHub();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello());
  expect(await agent.next<HubMessage>()).toMatchObject({ type: 'welcome', config: { redaction: { defaults: true } } });

  const before = Settings.parse(await (await fetch(`${hub.url}/api/settings`)).json());
  const redaction = { defaults: true, rules: [{ kind: 'header', name: 'x-tenant' }] };
  expect((await put(`${hub.url}/api/settings`, { ...before, maxCapturedSize: 1000, redaction })).status).toBe(200);
  expect(await agent.next<HubMessage>()).toEqual({ type: 'config', config: { redaction, maxCapturedSize: 1000 } });

  const later = await TestSocket.open(`${hub.url}/api/agent`);
  later.send(hello({ instance: 'later', node: 'node-2' }));
  expect(await later.next<HubMessage>()).toMatchObject({ type: 'welcome', config: { maxCapturedSize: 1000 } });
});

test('bodies may be told to go earlier than their entries', async () => {
  const hub = await startHub();
  const before = Settings.parse(await (await fetch(`${hub.url}/api/settings`)).json());
  const retention = { ...before.retention, bodyHours: 2 };
  expect((await put(`${hub.url}/api/settings`, { ...before, retention })).status).toBe(200);
  expect((await hub.services.store.stats()).retention).toMatchObject({ bodiesMaxAgeSeconds: 7200 });
});

test('settings that cannot be are refused and change nothing', async () => {
  const { url } = await startHub();
  const before: unknown = await (await fetch(`${url}/api/settings`)).json();
  expect((await put(`${url}/api/settings`, { retention: { hours: -1, bytes: 1 } })).status).toBe(400);
  expect(await (await fetch(`${url}/api/settings`)).json()).toEqual(before);
});

test('reading a payload and changing something is in the audit log, newest first', async () => {
  const hub = await startHub();
  hub.services.bus.publish([anHttpEntry()]);
  await fetch(`${hub.url}/api/entries/${anHttpEntry().id}`);
  await put(`${hub.url}/api/queries/mine`, { name: 'Mine', query: 'http' });
  const { events } = AuditLog.parse(await (await fetch(`${hub.url}/api/audit`)).json());
  expect(events).toMatchObject([
    { user: 'anonymous', action: 'PUT /api/queries/:id', target: 'mine' },
    { user: 'anonymous', action: 'GET /api/entries/:id', target: anHttpEntry().id },
  ]);
});
