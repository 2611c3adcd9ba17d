import { expect, test } from 'vitest';
import { Frame } from './frame.ts';
import { MAX_HEAD_BYTES, MAX_HEADERS, type OpenFrame, readStomp, startsWithFrame } from './wire.ts';

const bytes = (text: string) => Buffer.from(text);
const head = (command: string, headers: [string, string][], left?: number) => ({ command, headers, left });

function read(text: string, side: 'client' | 'server' = 'client', open?: OpenFrame) {
  const frame = Frame.take();
  return { frame, parsed: readStomp(side, bytes(text), 0, { open, frame }) };
}

function headOf(text: string) {
  const { frame, parsed } = read(text);
  if (parsed.kind !== 'done') return parsed.kind;
  const { value } = parsed;
  const headers = frame.names.slice(0, frame.count).map(({ text: name }, at) => [name, frame.textAt(at)] as const);
  return head(frame.command.name, headers as [string, string][], value.kind === 'head' ? value.open.left : undefined);
}

test.each([
  ['a frame', 'SEND\ndestination:/queue/a\n\nhi\0', head('SEND', [['destination', '/queue/a']])],
  ['lines that end with CR LF', 'SEND\r\na:b\r\n\r\n', head('SEND', [['a', 'b']])],
  ['a length', 'SEND\ncontent-length:5\n\n', head('SEND', [['content-length', '5']], 6)],
  ['a length that is none', 'SEND\ncontent-length:-5\n\n', head('SEND', [['content-length', '-5']])],
  ['escapes', 'SEND\na\\cb:c\\nd\\\\\n\n', head('SEND', [['a:b', 'c\nd\\']])],
  ['a login, in which nothing is escaped', 'CONNECT\nlogin:a\\nb\n\n', head('CONNECT', [['login', 'a\\nb']])],
  ['a passcode, which is passed over', 'CONNECT\npasscode:a\nb:c\n\n', head('CONNECT', [['b', 'c']])],
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
  const { frame } = read(`SEND\n${lines}\n\n`);
  expect(frame).toMatchObject({ count: MAX_HEADERS, isCut: true });
});

test.each([
  ['a frame with its body', 'SEND\ncontent-length:2\n\nhi\0', { kind: 'whole', start: 23, end: 25, size: 26 }],
  ['a frame that the zero ends', 'SEND\na:b\n\nhi\0', { kind: 'whole', start: 10, end: 12, size: 13 }],
  ['a frame with more to come', 'SEND\ncontent-length:9\n\nhi', { kind: 'head', size: 23, open: { left: 10 } }],
  ['a length that lies', 'SEND\ncontent-length:1\n\nhi\0', { kind: 'whole', start: 23, end: 25 }],
])('%s', (_, text, expected) => {
  expect(read(text).parsed).toMatchObject({ kind: 'done', value: expected });
});

test('what a frame keeps when its bytes go away is what it had', () => {
  const text = bytes('SEND\ndestination:/a\nb:ü\n\nhi\0');
  const frame = Frame.take();
  readStomp('client', text, 0, { open: undefined, frame });
  frame.open({ first: 1, last: 1 }, text.length, 10, true);
  frame.keep();
  text.fill(0);
  expect([frame.textAt(0), frame.textAt(1)]).toEqual(['/a', 'ü']);
});

test.each([
  ['a body that the zero ends', 'hello\0', undefined, { end: 5, isLast: true }],
  ['a body whose zero is still to come', 'hel', undefined, { end: 3, isLast: false, open: { left: undefined } }],
  ['a zero inside a body of known length', 'a\0b\0', 4, { end: 3, isLast: true }],
  ['part of a body of known length', 'a\0', 4, { end: 2, isLast: false, open: { left: 2 } }],
  ['a length that is too short', 'hello\0', 3, { end: 5, isLast: true }],
  ['a length that is too short, and no zero', 'hello', 3, { end: 5, isLast: false, open: { left: undefined } }],
])('%s', (_, text, left, expected) => {
  expect(read(text, 'server', { left }).parsed).toMatchObject({ kind: 'done', value: expected });
});

test('line ends between frames are heart-beats', () => {
  expect(read('\n\r\nSEND').parsed).toMatchObject({
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
