import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook, Webhooks } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';
import { fill } from './message.ts';
import { Sender } from './sender.ts';

/** A server that takes messages and answers with the statuses given, the last one for ever. */
async function startReceiver(...statuses: number[]) {
  const received: { text: string }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      received.push(JSON.parse(body) as { text: string });
      response.statusCode = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200;
      response.end();
      server.emit('received');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received, server };
}

const failing = (n: number) =>
  anHttpEntry(0, { id: idAt(START_MICROS + n), status: 503, response: { size: 1, status: 503 } });
const webhookTo = (url: string, overrides: object = {}) =>
  Webhook.parse({ name: 'alerts', url, filter: '', message: '{{.status}}', ...overrides });

test("the guide's webhook is imported and tells of a failure in the guide's words", async () => {
  const hub = await startHub();
  const receiver = await startReceiver(200);
  const yaml = `webhooks:
  - name: slack-alerts
    url: ${receiver.url}
    filter: "http and response.status >= 500"
    message: "{{.src.name}} → {{.dst.name}}: {{.response.status}} {{.request.path}}"
`;
  const answer = await fetch(`${hub.url}/api/webhooks/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ yaml }),
  });
  expect(await answer.json()).toEqual({ imported: ['slack-alerts'], refused: [] });

  const arrived = once(receiver.server, 'received');
  const bad = anHttpEntry(0, { id: idAt(START_MICROS + 1), response: { size: 1, status: 503 }, status: 503 });
  await hub.services.ingest.take([anHttpEntry(), bad], AbortSignal.timeout(20_000));
  await arrived;
  expect(receiver.received).toMatchObject([{ text: 'web → cart: 503 /carts/7', entry: { id: bad.id } }]);
  const { webhooks } = Webhooks.parse(await (await fetch(`${hub.url}/api/webhooks`)).json());
  expect(webhooks).toMatchObject([{ name: 'slack-alerts', state: { failed: 0, suppressed: 0 } }]);
});

test('a call that matches only once its pod is known is told of then, once, by the hub that found the name', async () => {
  const hub = await startHub();
  const receiver = await startReceiver(200);
  const filter = 'src.pod == "web-1" or dst.port == 9';
  const body = JSON.stringify({ url: receiver.url, filter, message: '{{.src.pod}} {{.request.path}}' });
  const headers = { 'content-type': 'application/json' };
  await fetch(`${hub.url}/api/webhooks/late`, { method: 'PUT', headers, body });
  const call = (n: number, port: number, pod?: string) =>
    anHttpEntry(0, {
      id: idAt(START_MICROS + n),
      src: { ip: '10.1.0.5', port: 1, ...(pod !== undefined && { pod }) },
      dst: { ip: '10.1.0.9', port },
    });
  const arrived = once(receiver.server, 'received');
  hub.services.bus.correct([{ before: call(1, 80), after: call(1, 80, 'web-1') }], 'another');
  hub.services.bus.correct([
    { before: call(2, 9), after: call(2, 9, 'web-1') },
    { before: call(3, 80), after: undefined },
    { before: call(4, 80), after: call(4, 80, 'web-1') },
  ]);
  await arrived;
  expect(receiver.received).toMatchObject([{ text: 'web-1 /carts/7', entry: { id: call(4, 80).id } }]);
});

test.each([
  ['a field', '{{.dst.name}}', 'cart'],
  ['spaces', '{{ .status }}', '200'],
  ['a field that is not there', '[{{.redis.command}}]', '[]'],
  ['what every object inherits', '[{{.constructor.name}}]', '[]'],
  ['an object', '{{.connection}}', '{"id":"tcp 10.0.0.1:40000 10.0.0.2:80","transport":"tcp","index":0}'],
  ['no field', 'plain {{text}}', 'plain {{text}}'],
])('a template with %s', (_name, template, message) => {
  expect(fill(template, anHttpEntry())).toBe(message);
});

test('an address in trouble is tried again; one that refuses is not', async () => {
  const recovering = await startReceiver(500, 429, 200);
  const refusing = await startReceiver(404);
  const senders = [recovering, refusing].map(
    ({ url }) => new Sender({ webhook: webhookTo(url), matches: () => true, tryAfterMillis: [0, 1, 1] }),
  );
  for (const sender of senders) sender.offer([failing(1)]);
  await Promise.all(senders.map((sender) => sender.settle()));
  expect([recovering.received.length, refusing.received.length]).toEqual([3, 1]);
  expect(senders.map(({ state }) => state)).toMatchObject([
    { delivered: 1, failed: 0 },
    { delivered: 0, failed: 1, lastError: 'HTTP 404' },
  ]);
});

test('beyond the rate limit messages are counted, and the next one says how many', async () => {
  const receiver = await startReceiver(200);
  let now = 0;
  const sender = new Sender({
    webhook: webhookTo(receiver.url, { perMinute: 2 }),
    matches: () => true,
    now: () => now,
  });
  sender.offer([1, 2, 3, 4, 5].map(failing));
  now += 30_000;
  sender.offer([failing(6)]);
  await sender.settle();
  expect(receiver.received.map((message) => message.text)).toEqual([
    '503',
    '503',
    '503 (and 3 more since the last message)',
  ]);
  expect(sender.state).toMatchObject({ delivered: 3, suppressed: 3 });
});
