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

/** Reads events until `holds`; the text so far. */
async function readEvents(url: string, headers: Record<string, string>, holds: (text: string) => boolean) {
  const ended = new AbortController();
  const answer = await fetch(url, { headers, signal: ended.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  return {
    text: (async () => {
      let text = '';
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (holds(text)) break;
      }
      return text;
    })(),
    end: () => ended.abort(),
  };
}
const hasRows = (text: string) => /event: rows\n.*\n.*\n\n/.test(text);

test('the same over server-sent events, which go on where the last event was', async () => {
  const hub = await startHub();
  const url = `${hub.url}/api/live/sse?q=${encodeURIComponent('http')}`;
  const first = await readEvents(url, {}, hasRows);
  const hostile = '"position":"x:9"\n\nid: evil\n\n';
  hub.services.bus.publish([
    { ...at(1), summary: hostile },
    anHttpEntry(0, { id: idAt(START_MICROS), protocol: 'dns', protocols: ['dns'] }),
  ]);
  const text = await first.text;
  expect(text).toContain('event: state\nid: ');
  expect(text).toContain(`"id":"${at(1).id}"`);
  first.end();

  const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
  expect(ids.every((id) => id?.startsWith(`${hub.services.bus.epoch}:`))).toBe(true);
  hub.services.bus.publish([at(2)]);
  const again = await readEvents(url, { 'last-event-id': ids.at(-1) ?? '' }, hasRows);
  const rest = await again.text;
  expect(rest).toContain('"resumed":"exact"');
  expect(rest).toContain(`"id":"${at(2).id}"`);
  expect(rest).not.toContain(`"id":"${at(1).id}"`);
  again.end();
});

test('an event stream ends with the hub', async () => {
  const hub = await startHub();
  const stream = await readEvents(`${hub.url}/api/live/sse`, { 'last-event-id': 'nonsense' }, () => false);
  await hub.app.close();
  expect(await stream.text).toContain('event: state');
});

test('an event stream with a query that does not compile is a problem, not a stream', async () => {
  const hub = await startHub();
  const answer = await fetch(`${hub.url}/api/live/sse?q=${encodeURIComponent('http and (')}`);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'KS_BAD_QUERY']);
});

test('a page of another site cannot open a stream', async () => {
  const hub = await startHub();
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/live`, { origin: 'https://evil.example' });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(403);
  response.resume();
  await once(response, 'close');
});
