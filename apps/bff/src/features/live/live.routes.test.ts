import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { LiveServerMessage } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startHub } from '../../testing/hub.ts';
import { TestSocket } from '../../testing/socket.ts';

const at = (offset: number) => anHttpEntry(0, { id: idAt(START_MICROS + offset) });
const isRows = (message: LiveServerMessage) => message.type === 'rows';

test('an entry that comes in is pushed without asking', async () => {
  const hub = await startHub();
  const client = await TestSocket.open(`${hub.url}/api/live`);
  client.send({ type: 'subscribe', query: '' });
  expect(await client.next<LiveServerMessage>()).toMatchObject({ type: 'state', mode: 'all' });
  hub.services.bus.publish([at(1), at(2)]);
  expect(await client.next<LiveServerMessage>(isRows)).toMatchObject({
    rows: [{ id: at(1).id }, { id: at(2).id }],
    counts: { seen: 2, matched: 2, sent: 2, skipped: 0 },
  });
});

test('a connection that broke goes on where it was', async () => {
  const hub = await startHub();
  const client = await TestSocket.open(`${hub.url}/api/live`);
  client.send({ type: 'subscribe' });
  await client.next();
  hub.services.bus.publish([at(1)]);
  const message = await client.next<LiveServerMessage>(isRows);
  await client.close();
  hub.services.bus.publish([at(2)]);
  const again = await TestSocket.open(`${hub.url}/api/live`);
  again.send({ type: 'subscribe', resumeFrom: message.type === 'rows' && message.position });
  expect(await again.next<LiveServerMessage>()).toMatchObject({ type: 'state', resumed: 'exact' });
  expect(await again.next<LiveServerMessage>(isRows)).toMatchObject({ rows: [{ id: at(2).id }] });
});

test('a message that is not in the contract ends the stream with a code', async () => {
  const hub = await startHub();
  const client = await TestSocket.open(`${hub.url}/api/live`);
  client.ws.send('GET / HTTP/1.1');
  expect(await client.next<LiveServerMessage>()).toMatchObject({ type: 'error', code: 'KS_BAD_MESSAGE', fatal: true });
  await client.closed();
});

test('the same over server-sent events', async () => {
  const hub = await startHub();
  const ended = new AbortController();
  const answer = await fetch(`${hub.url}/api/live/sse?q=`, { signal: ended.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  hub.services.bus.publish([at(1)]);
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('event: rows')) break;
  }
  expect(text).toContain('event: state\ndata: {"type":"state"');
  expect(text).toContain(`"id":"${at(1).id}"`);
  ended.abort();
});

test('a page of another site cannot open a stream', async () => {
  const hub = await startHub();
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/live`, { origin: 'https://evil.example' });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(403);
  response.resume();
  await once(response, 'close');
});
