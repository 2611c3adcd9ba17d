import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, lost, server, type Turn } from '../../dissect/testing/conversation.ts';
import { stomp } from './index.ts';
import { MAX_DELIVERIES } from './session.ts';

const frame = (command: string, headers: string, body = '') =>
  `${command}\n${headers.replaceAll(' ', '\n')}\n\n${body}\0`;
const asks = (command: string, headers: string, body?: string): Turn => client(frame(command, headers, body));
const says = (command: string, headers: string, body?: string): Turn => server(frame(command, headers, body));

const seen = (conversation: readonly Turn[]) =>
  dissectAll(stomp, conversation).map(({ summary, status, errorText }) => [summary, status, errorText]);

test('a login is answered, and no passcode is in what leaves', () => {
  const calls = dissectAll(stomp, [
    asks('CONNECT', 'accept-version:1.2 host:/ login:shop passcode:s3cret'),
    says('CONNECTED', 'version:1.2 server:Artemis'),
    asks('CONNECT', 'login:shop passcode:s3cret'),
    says('ERROR', 'message:denied', 'no'),
  ]);
  expect(calls.map(({ status, errorText }) => [status, errorText])).toEqual([
    [0, undefined],
    ['ERROR', 'denied'],
  ]);
  expect(calls[0]?.data).toEqual({
    stomp: { command: 'CONNECT', host: '/', user: 'shop', server: 'Artemis', version: '1.2' },
  });
  expect(JSON.stringify(calls)).not.toContain('s3cret');
});

test('what asks for a receipt waits for it, all else leaves at once', () => {
  expect(
    seen([
      asks('SEND', 'destination:/queue/a receipt:1', 'one'),
      asks('SEND', 'destination:/queue/b', 'two'),
      asks('SEND', 'destination:/queue/c receipt:2'),
      says('ERROR', 'receipt-id:2 message:full'),
      says('RECEIPT', 'receipt-id:1'),
    ]),
  ).toEqual([
    ['SEND /queue/b (3 bytes)', null, undefined],
    ['SEND /queue/c', 'ERROR', 'full'],
    ['SEND /queue/a (3 bytes)', 0, undefined],
  ]);
});

test('an acknowledgement knows its message', () => {
  const [, , ack, nack, left] = dissectAll(stomp, [
    says('MESSAGE', 'destination:/queue/a message-id:m1 ack:x1', 'one'),
    says('MESSAGE', 'destination:/queue/a message-id:m2', 'two'),
    asks('ACK', 'id:x1'),
    asks('NACK', 'message-id:m2'),
    asks('UNSUBSCRIBE', 'id:9'),
  ]);
  expect(ack).toMatchObject({ summary: 'ACK /queue/a', error: false, data: { stomp: { heldMillis: 2 } } });
  expect(nack).toMatchObject({ summary: 'NACK /queue/a', error: true, errorText: 'not acknowledged' });
  expect(left?.summary).toBe('UNSUBSCRIBE');
});

test('deliveries nobody acknowledges are forgotten, the oldest first', () => {
  const messages = Array.from({ length: MAX_DELIVERIES + 1 }, (_, index) =>
    says('MESSAGE', `destination:/queue/a ack:x${index}`),
  );
  const calls = dissectAll(stomp, [...messages, asks('ACK', 'id:x0'), asks('ACK', 'id:x1')]);
  expect(calls.slice(-2).map(({ summary }) => summary)).toEqual(['ACK', 'ACK /queue/a']);
});

test('a connection that ends leaves what waits as failed', () => {
  const missing = 'the connection ended before the answer';
  const waiting = [asks('STOMP', 'host:/'), asks('SEND', 'destination:/a receipt:1')];
  expect(dissectAll(stomp, waiting, { closed: 'reset' }).map(({ errorText }) => errorText)).toEqual([missing, missing]);
  const over = dissectAll(stomp, waiting, { closed: 'end-of-capture' });
  expect(over.map(({ error }) => error)).toEqual([false, false]);
});

test('bytes lost inside a body of known length cost that body and nothing else', () => {
  const [cut, whole] = dissectAll(stomp, [
    client('SEND\ndestination:/a\ncontent-length:9\n\nabc'),
    lost('client', 3),
    client(`ghi\0${frame('SEND', 'destination:/b', 'x')}`),
  ]);
  expect(cut).toMatchObject({ summary: 'SEND /a (9 bytes)', gap: 3, truncated: true });
  expect(whole).toMatchObject({ summary: 'SEND /b (1 bytes)', gap: 0, truncated: false });
});

test('after lost bytes the next frame is found', () => {
  expect(
    seen([
      asks('SEND', 'destination:/a', 'one'),
      client('SEND\ndestination:/lost'),
      lost('client', 20),
      client(`rest of it\0\n${frame('SEND', 'destination:/b')}`),
    ]),
  ).toEqual([
    ['SEND /a (3 bytes)', null, undefined],
    ['SEND /b', null, undefined],
  ]);
});

test('the oldest frame leaves when too many wait', () => {
  const many = [1, 2, 3].map((id) => asks('SEND', `destination:/a receipt:${id}`));
  const calls = dissectAll(stomp, many, { limits: { maxPending: 2 } });
  expect(calls.map(({ data }) => data?.['stomp']?.['receipt'])).toEqual(['1', '2', '3']);
});

test('headers of an application are headers, and carry its trace', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const [call] = dissectAll(stomp, [asks('SEND', `destination:/a traceparent:00-${id}-00f067aa0ba902b7-01 a:1 a:2`)]);
  expect(call).toMatchObject({ traceId: id, request: { headers: { a: ['1', '2'] } } });
});

test('whatever headers and bodies are, a call is written as it is described', () => {
  // The helper compares both of every call.
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.constantFrom('a\\cb', 'ünï', '/queue/7 ', ''),
  );
  const plain = value.map((text) => text.replaceAll(/[\n\r\0]/g, '.'));
  const name = fc.oneof(fc.constantFrom('destination', 'content-type', 'x-request-id', 'id', '7', 'receipt'), plain);
  const headers = fc.array(fc.tuple(name, plain), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(headers, headers, value, (asked, answered, body) => {
      const frameOf = (command: string, lines: readonly (readonly [string, string])[]) =>
        `${command}\n${lines.map(([key, text]) => `${key.replaceAll(':', '')}:${text}`).join('\n')}\n\n${body}\0`;
      dissectAll(stomp, [
        client(frame('CONNECT', 'login:shop host:/')),
        server(frame('CONNECTED', 'version:1.2 server:x')),
        client(frameOf('SEND', [...asked, ['receipt', '1']])),
        server(frameOf('MESSAGE', answered)),
        server(frame('RECEIPT', 'receipt-id:1')),
        client(frameOf('NACK', [['id', answered[0]?.[1] ?? ''], ...asked])),
      ]);
    }),
    { numRuns: 200 },
  );
});
