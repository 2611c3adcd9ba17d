import { expect, test } from 'vitest';
import {
  element,
  everything,
  integer,
  message,
  octets,
  result,
  search,
  simpleBind,
} from '../../../fixtures/ldap/messages.ts';
import { beginsMessage, MAX_WHOLE_BYTES, readMessage } from './wire.ts';

const plain = { rest: 0, mayBeSealed: false };
const bind = message(1, simpleBind('cn=admin', 'pw'));
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test.each<[string, 'client' | 'server', Uint8Array, object]>([
  ['a bind', 'client', bind, { kind: 'done', end: bind.length, value: { kind: 'message', id: 1, tag: 0x60, rest: 0 } }],
  ['a result', 'server', message(7, result(0x65, 0)), { kind: 'done', value: { id: 7, tag: 0x65 } }],
  ['with controls', 'client', message(2, search('', everything), element(0xa0)), { kind: 'done', value: { id: 2 } }],
  ['one byte is missing', 'client', bind.subarray(0, -1), { kind: 'more', atLeast: 1 }],
  ['only the tag', 'client', hex('30'), { kind: 'more' }],
  ['an operation nobody knows', 'client', message(3, octets('x', 0x5e)), { kind: 'done', value: { tag: 0x5e } }],
  ['no sequence', 'client', hex('04 00'), { kind: 'bad', fault: 'not a message' }],
  ['an indefinite length', 'client', hex('30 80 02 01 01'), { kind: 'bad', fault: 'length of no message' }],
  ['a length that lies', 'client', hex('30 84 7f ff ff ff'), { kind: 'bad', fault: 'implausible length' }],
  ['no id', 'client', element(0x30, octets('x'), simpleBind('', '')), { kind: 'bad', fault: 'no message id' }],
  ['a negative id', 'client', hex('30 05 02 01 ff 42 00'), { kind: 'bad', fault: 'implausible message id' }],
  [
    'an operation longer than its message',
    'client',
    hex('30 05 02 01 01 42 09'),
    { kind: 'bad', fault: 'operation longer than its message' },
  ],
  [
    'SNMP, which begins alike',
    'client',
    hex('30 0b 02 01 01 04 06 70 75 62 6c 69 63'),
    { kind: 'bad', fault: 'no operation' },
  ],
  ['a request from the server', 'server', bind, { kind: 'bad', fault: 'an operation of the other side' }],
  [
    'a result from the client',
    'client',
    message(1, result(0x61, 0)),
    { kind: 'bad', fault: 'an operation of the other side' },
  ],
])('%s', (_, side, bytes, wanted) => {
  expect(readMessage(side, bytes, 0, plain)).toMatchObject(wanted);
});

test('a long message is read by its beginning, the rest is passed over', () => {
  const long = message(4, element(0x64, octets('cn=photo'), octets('x'.repeat(MAX_WHOLE_BYTES))));
  const first = readMessage('server', long.subarray(0, MAX_WHOLE_BYTES), 0, plain);
  const rest = long.length - MAX_WHOLE_BYTES;
  expect(first).toMatchObject({ kind: 'done', end: MAX_WHOLE_BYTES, value: { isCut: true, rest, size: long.length } });
  expect(readMessage('server', long.subarray(MAX_WHOLE_BYTES), 0, { ...plain, rest })).toEqual({
    kind: 'done',
    end: rest,
    value: { kind: 'rest', size: rest },
  });
});

test('behind a security layer only lengths are read', () => {
  const sealed = { rest: 0, mayBeSealed: true };
  expect(readMessage('client', hex('00 00 00 05 aa'), 0, sealed)).toEqual({
    kind: 'done',
    end: 4,
    value: { kind: 'sealed', size: 9, rest: 5 },
  });
  expect(readMessage('client', hex('00 00'), 0, sealed)).toEqual({ kind: 'more', atLeast: 2 });
  expect(readMessage('client', hex('ff ff ff ff'), 0, sealed)).toMatchObject({ kind: 'bad' });
  expect(readMessage('client', bind, 0, sealed)).toMatchObject({ value: { kind: 'message' } });
});

test.each<[string, 'client' | 'server', Uint8Array, 'yes' | 'no' | 'more']>([
  ['a bind', 'client', bind, 'yes'],
  ['its first bytes', 'client', bind.subarray(0, 6), 'more'],
  ['a result', 'server', message(1, result(0x61, 49)), 'yes'],
  ['a request from a server', 'server', bind, 'no'],
  ['SNMP', 'client', hex('30 0b 02 01 01 04 06 70 75 62 6c 69 63'), 'no'],
  ['a certificate', 'server', hex('30 82 01 0a 30 82 00 f1 a0 03 02 01 02'), 'no'],
  ['text that begins with a zero', 'client', Buffer.from('0123456789'), 'no'],
  ['an unknown operation', 'client', message(1, integer(1, 0x5e)), 'no'],
])('%s is taken for LDAP: %s', (_, side, bytes, verdict) => {
  expect(beginsMessage(bytes, 0, side)).toBe(verdict);
});
