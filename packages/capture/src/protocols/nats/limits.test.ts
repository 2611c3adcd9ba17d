/** Limits of what is read and shown of one message; those of what waits are tested with the session. */

import { expect, test } from 'vitest';
import { client, dissectAll } from '../../dissect/testing/conversation.ts';
import { MAX_ACK_BYTES, MAX_SUMMARY } from './describe.ts';
import { headersIn, MAX_HEADERS } from './headers.ts';
import { nats } from './index.ts';
import { MAX_JSON_BYTES, MAX_LINE_BYTES, MAX_PAYLOAD_BYTES, readMessage } from './wire.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('of headers without end the first are kept', () => {
  const lines = Array.from({ length: MAX_HEADERS + 1 }, (_, i) => `K${i}: v`);
  const found = headersIn(bytes(['NATS/1.0', ...lines, '', ''].join('\r\n')));
  expect(Object.keys(found?.headers ?? {})).toEqual(lines.slice(0, MAX_HEADERS).map((line) => line.split(':')[0]));
});

test.each([
  ['a line', 'SUB a ', MAX_LINE_BYTES, '7'],
  ['what a client says of itself', 'CONNECT {"x":"', MAX_JSON_BYTES, 'x'],
])('%s may have so many bytes and no more', (_, begin, most, filler) => {
  const line = (length: number) => bytes(`${begin.padEnd(length - 1, filler)}\r\n`);
  expect(readMessage('client', line(most), 0, 0)).toMatchObject({ kind: 'done', end: most + 1 });
  expect(readMessage('client', line(most + 1), 0, 0)).toMatchObject({ kind: 'bad', fault: 'line too long' });
});

test('a payload may have so many bytes and no more', () => {
  const read = (size: number) => readMessage('client', bytes(`PUB a ${size}\r\n`), 0, 0);
  expect(read(MAX_PAYLOAD_BYTES)).toMatchObject({ kind: 'more' });
  expect(read(MAX_PAYLOAD_BYTES + 1)).toMatchObject({ kind: 'bad', fault: 'implausible sizes' });
});

test('a summary has a bounded length', () => {
  const [call] = dissectAll(nats, [client(`PUB ${'s'.repeat(MAX_SUMMARY)} 1\r\nx\r\n`)]);
  expect(call?.summary).toBe(`PUB ${'s'.repeat(MAX_SUMMARY - 4)}…`);
});

test('an acknowledgement is named up to a length', () => {
  const acknowledge = (length: number) => {
    const [call] = dissectAll(nats, [client(`PUB $JS.ACK.S.C.1.2.3.4.5 ${length}\r\n${'-NAK '.padEnd(length)}\r\n`)]);
    return call?.data?.['nats']?.['acknowledgement'];
  };
  expect(acknowledge(MAX_ACK_BYTES)).toBe('-NAK');
  expect(acknowledge(MAX_ACK_BYTES + 1)).toBeUndefined();
});
