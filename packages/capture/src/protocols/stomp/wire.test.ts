import { expect, test } from 'vitest';
import { MAX_HEAD_BYTES, MAX_HEADERS, readStomp, startsWithFrame } from './wire.ts';

const bytes = (text: string) => Buffer.from(text);
const head = (command: string, headers: [string, string][], left?: number) => ({ command, headers, left });

function headOf(text: string, side: 'client' | 'server' = 'client') {
  const parsed = readStomp(side, bytes(text), 0, { open: undefined });
  if (parsed.kind !== 'done' || parsed.value.kind !== 'frame') return parsed.kind;
  const { command, headers, open } = parsed.value;
  return head(command, headers as [string, string][], open.left);
}

test.each([
  ['a frame', 'SEND\ndestination:/queue/a\n\nhi\0', head('SEND', [['destination', '/queue/a']])],
  ['lines that end with CR LF', 'SEND\r\na:b\r\n\r\n', head('SEND', [['a', 'b']])],
  ['a length', 'SEND\ncontent-length:5\n\n', head('SEND', [['content-length', '5']], 6)],
  ['a length that is none', 'SEND\ncontent-length:-5\n\n', head('SEND', [['content-length', '-5']])],
  ['escapes', 'SEND\na\\cb:c\\nd\\\\\n\n', head('SEND', [['a:b', 'c\nd\\']])],
  ['a login, in which nothing is escaped', 'CONNECT\npasscode:a\\nb\n\n', head('CONNECT', [['passcode', 'a\\nb']])],
  ['an empty value', 'SEND\na:\n\n', head('SEND', [['a', '']])],
  ['a line that is no header', 'SEND\nword\na:b\n\n', head('SEND', [['a', 'b']])],
  ['a command in small letters', 'send\na:b\n\n', head('SEND', [['a', 'b']])],
  ['no headers at all', 'DISCONNECT\n\n\0', head('DISCONNECT', [])],
  ['a cut command', 'SEN', 'more'],
  ['a cut header', 'SEND\ndest', 'more'],
  ['headers without their end', 'SEND\na:b\n', 'more'],
  ['a command nobody knows', 'SHOUT\na:b\n\n', 'bad'],
  ['a command of the server', 'MESSAGE\na:b\n\n', 'bad'],
  ['a head past the limit', `SEND\na:${'x'.repeat(MAX_HEAD_BYTES)}`, 'bad'],
])('%s', (_, text, expected) => {
  expect(headOf(text)).toEqual(expected);
});

test('headers beyond the limit are counted as cut', () => {
  const lines = Array.from({ length: MAX_HEADERS + 1 }, (_, index) => `h${index}:x`).join('\n');
  const parsed = readStomp('client', bytes(`SEND\n${lines}\n\n`), 0, { open: undefined });
  expect(parsed.kind === 'done' && parsed.value.kind === 'frame' && parsed.value.headers.length).toBe(MAX_HEADERS);
  expect(parsed).toMatchObject({ value: { isCut: true } });
});

test.each([
  ['a body that the zero ends', 'hello\0', undefined, { end: 5, isLast: true }],
  ['a body whose zero is still to come', 'hel', undefined, { end: 3, isLast: false, open: { left: undefined } }],
  ['a zero inside a body of known length', 'a\0b\0', 4, { end: 3, isLast: true }],
  ['part of a body of known length', 'a\0', 4, { end: 2, isLast: false, open: { left: 2 } }],
  ['a length that is too short', 'hello\0', 3, { end: 5, isLast: true }],
])('%s', (_, text, left, expected) => {
  expect(readStomp('server', bytes(text), 0, { open: { left } })).toMatchObject({ kind: 'done', value: expected });
});

test('line ends between frames are heart-beats', () => {
  expect(readStomp('client', bytes('\n\r\nSEND'), 0, { open: undefined })).toMatchObject({
    kind: 'done',
    value: { kind: 'heart-beat', size: 3 },
    end: 3,
  });
});

test.each([
  ['CONNECT\naccept-version:1.2\n', 'client', 'yes'],
  ['CONNECT\n', 'client', 'more'],
  ['CONN', 'client', 'more'],
  ['CONNECT {"verbose":false}\r\n', 'client', 'no'],
  ['CONNECT example.com:443 HTTP/1.1\r\n', 'client', 'no'],
  ['MESSAGE\nid:1\n', 'server', 'yes'],
  ['message\nid:1\n', 'server', 'yes'],
  ['ERROR\r\n', 'server', 'more'],
  ['ERROR\r\nEND\r\n', 'server', 'no'],
  ['SEND\n:x\n', 'client', 'no'],
] as const)('%j of the %s: %s', (text, side, verdict) => {
  expect(startsWithFrame(bytes(text), 0, side)).toBe(verdict);
});
