import { expect, test } from 'vitest';
import { MAX_WHOLE_BYTES, readMessage, startsWithMessage } from './wire.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ['client', 'CONNECT {"verbose":false}\r\n', 'yes'],
  ['client', 'PUB orders.new 5\r\nhello\r\n', 'yes'],
  ['client', 'pub orders.new _INBOX.a 5\r\n', 'yes'],
  ['client', 'HPUB orders.new 12 17\r\n', 'yes'],
  ['client', 'SUB orders.> workers 1\r\n', 'yes'],
  ['client', 'UNSUB 1 5\r\n', 'yes'],
  ['client', 'PING\r\n', 'more'],
  ['client', 'PU', 'more'],
  ['client', 'PUB orders', 'more'],
  ['client', 'PUBLISH news hi\r\n', 'no'],
  ['client', 'SUBSCRIBE news\r\n', 'no'],
  ['client', 'CONNECT example.org:443 HTTP/1.1\r\n', 'no'],
  ['client', 'GET / HTTP/1.1\r\n', 'no'],
  ['client', '\x16\x03\x01', 'no'],
  ['server', 'INFO {"server_id":"N"} \r\n', 'yes'],
  ['server', 'MSG orders.new 1 5\r\n', 'yes'],
  ['server', 'HMSG orders.new 1 _INBOX.a 12 17\r\n', 'yes'],
  ['server', '+OK\r\n', 'more'],
  ['server', "-ERR 'Stale Connection'\r\n", 'more'],
  ['server', '+PONG\r\n', 'no'],
  ['server', 'INFO redis\r\n', 'no'],
] as const)('a %s that says %j is taken for NATS: %s', (side, text, verdict) => {
  expect(startsWithMessage(bytes(text), side)).toBe(verdict);
});

test.each([
  ['client', 'PUB a 5\r\nhel', { kind: 'more', atLeast: 4 }],
  ['client', 'PUB a 5\r\nhello\r\n', { kind: 'done', end: 16, value: { verb: 'PUB', rest: 'a 5', length: 5 } }],
  ['client', 'PUB a 5\nhello\r\n', { kind: 'done', value: { length: 5 } }],
  ['client', 'HPUB a 4 9\r\nheadhello\r\n', { kind: 'done', value: { headerBytes: 4, length: 9 } }],
  ['client', 'PUB a 5\r\nhello!!', { kind: 'bad', fault: 'no line end after a payload' }],
  ['client', 'PUB a -5\r\n', { kind: 'bad', fault: 'implausible sizes' }],
  ['client', 'PUB a 99999999\r\n', { kind: 'bad', fault: 'implausible sizes' }],
  ['client', 'PUB a 123456789012345\r\n', { kind: 'bad', fault: 'implausible sizes' }],
  ['client', 'PUB 5\r\n', { kind: 'bad', fault: 'implausible sizes' }],
  ['client', 'PUB a b c 5\r\n', { kind: 'bad', fault: 'implausible sizes' }],
  ['client', 'HPUB a 9 4\r\n', { kind: 'bad', fault: 'implausible sizes' }],
  ['client', 'MSG a 1 5\r\n', { kind: 'bad', fault: 'unknown verb' }],
  ['client', `PUB ${'a'.repeat(5000)}`, { kind: 'bad', fault: 'line too long' }],
  ['client', 'NONSENSE\r\n', { kind: 'bad', fault: 'unknown verb' }],
  ['client', '\r\n', { kind: 'bad', fault: 'unknown verb' }],
  ['client', 'PING', { kind: 'more' }],
  ['server', 'RS+ a b\r\n', { kind: 'bad', fault: 'unknown verb' }],
] as const)('a %s that says %j', (side, text, expected) => {
  expect(readMessage(side, bytes(text), 0, 0)).toMatchObject(expected);
});

test('a long payload is read by its beginning', () => {
  const line = bytes(`PUB a ${MAX_WHOLE_BYTES + 10}\r\n`);
  const all = new Uint8Array(line.length + MAX_WHOLE_BYTES + 5);
  all.set(line);
  expect(readMessage('client', all, 0, 0)).toMatchObject({ kind: 'done', end: line.length + MAX_WHOLE_BYTES });
  expect(readMessage('client', all, 0, 3)).toEqual({ kind: 'done', end: 3, value: { kind: 'rest', size: 3 } });
});
