import { expect, test } from 'vitest';
import { intAvp, message, textAvp } from '../../../fixtures/diameter/peer.ts';
import { avpsIn, HEADER_BYTES, MAX_KEPT_BYTES, readMessage, startsWithMessage } from './wire.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const readAll = (from: Uint8Array, offset: number, rest = 0) => readMessage(from, offset, { rest, limit: from.length });
const watchdog = message({ command: 280, id: 7, flags: 0x80 }, [textAvp(264, 'a.example')]);

test.each([
  ['nothing', '', { kind: 'more', atLeast: 20 }],
  ['a cut header', '01 000014', { kind: 'more', atLeast: 16 }],
  ['a cut body', `01 00001c 80 000118 ${'00'.repeat(12)}`, { kind: 'more', atLeast: 8 }],
  ['another version', `02 000014 80 000118 ${'00'.repeat(12)}`, { kind: 'bad', fault: 'no Diameter header', at: 0 }],
  [
    'a length below the header',
    `01 000010 80 000118 ${'00'.repeat(12)}`,
    { kind: 'bad', fault: 'no Diameter header', at: 0 },
  ],
  ['a length that is no multiple of four', `01 000015 80 000118 ${'00'.repeat(12)}`, { kind: 'bad' }],
  ['a reserved flag', `01 000014 81 000118 ${'00'.repeat(12)}`, { kind: 'bad' }],
])('%s', (_, hex, expected) => {
  expect(readAll(bytes(hex), 0)).toMatchObject(expected);
});

test('a message', () => {
  expect(readAll(watchdog, 0)).toMatchObject({
    kind: 'done',
    value: { hopByHop: 7, isRequest: true, isError: false, isResent: false, start: 0, end: 40, length: 40 },
    end: 40,
  });
});

test('a message beyond the limit is read by its beginning', () => {
  const long = message({ command: 280, id: 7 }, [textAvp(264, 'x'.repeat(2 * MAX_KEPT_BYTES))]);
  const parsed = readAll(long, 0);
  expect(parsed).toMatchObject({ kind: 'done', value: { length: long.length }, end: MAX_KEPT_BYTES });
  expect(readAll(long, MAX_KEPT_BYTES, 100)).toEqual({
    kind: 'done',
    value: { kind: 'rest', size: 100 },
    end: MAX_KEPT_BYTES + 100,
  });
});

test('AVPs are filled up to a multiple of four, and those of vendors have a number more', () => {
  const found = message({ command: 280, id: 7 }, [textAvp(1, 'abcde'), { ...intAvp(2, 3), vendor: 9 }, textAvp(4, '')]);
  expect([...avpsIn(found, HEADER_BYTES)].map(({ code, vendor, value }) => [code, vendor, value.length])).toEqual([
    [1, 0, 5],
    [2, 9, 4],
    [4, 0, 0],
  ]);
});

test.each([
  ['one that lies about its end', '00000108 40 0000ff 61616161'],
  ['one shorter than its head', '00000108 40 000007 61616161'],
  ['one cut in its head', '00000108 40'],
  ['one with a reserved flag', '00000108 41 00000c 61616161'],
])('no AVP: %s', (_, hex) => {
  expect([...avpsIn(bytes(`${'00'.repeat(20)}${hex}`), HEADER_BYTES)]).toEqual([]);
});

test.each([
  ['a message', watchdog, 'yes'],
  ['its beginning', watchdog.subarray(0, 12), 'more'],
  ['a command nobody knows', message({ command: 9999, id: 7 }, [textAvp(264, 'a')]), 'no'],
  ['an AVP that does not fit', bytes(`01 00001c 80 000118 ${'00'.repeat(12)} 00000108 40 0000ff`), 'no'],
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n'), 'no'],
] as const)('%s: %s', (_, sample, verdict) => {
  expect(startsWithMessage(sample, 0)).toBe(verdict);
});
