import { expect, test } from 'vitest';
import { hexBytes } from '../../decode/hex.ts';
import { framedHeaderFits, isPlausible, parseDatagram, parseFramed } from './wire.ts';

const query = [
  'd75c 0100', // id, RD
  '0001 0000 0000 0000',
  '07 6578616d706c65 00', // example
  '0001 0001', // A IN
];
const reply = [
  'd75c 8180',
  '0001 0001 0000 0001',
  '07 6578616d706c65 00',
  '0001 0001',
  'c00c 0001 0001 0000003c 0004 c0000201', // example 60 IN A 192.0.2.1
  '00 0029 04d0 01000000 0000', // OPT with the extended rcode 1
];
const bytes = (...parts: readonly string[]) => hexBytes(parts.join('').replaceAll(' ', ''))!;

test('a query', () => {
  expect(parseDatagram(bytes(...query), 0)).toMatchObject({
    kind: 'done',
    value: { id: 0xd75c, isResponse: false, opcode: 0, rcode: 0, firstType: 1, answers: 0, exact: true },
    end: 25,
  });
});

test('a reply, with the rcode that OPT extends', () => {
  expect(parseDatagram(bytes(...reply), 0)).toMatchObject({
    kind: 'done',
    value: { isResponse: true, rcode: 16, answers: 1, exact: true },
  });
});

test('a message cut by the snap length is still read', () => {
  const whole = bytes(...reply);
  expect(parseDatagram(whole.subarray(0, 30), 0)).toMatchObject({ kind: 'done', value: { exact: false } });
  expect(parseDatagram(whole.subarray(0, 20), 0)).toMatchObject({ kind: 'bad' });
});

test.each([
  ['eleven bytes', bytes(...query).subarray(0, 11)],
  ['an unknown opcode', bytes('d75c 7900', ...query.slice(1))],
  ['a query with a response code', bytes('d75c 0103', ...query.slice(1))],
  ['a query without a question', bytes('d75c 0100 0000 0000 0000 0000')],
  ['a thousand questions', bytes('d75c 0100 03e8 0000 0000 0000', ...query.slice(2))],
])('%s is not DNS', (_name, input) => {
  expect(parseDatagram(input, 0).kind).toBe('bad');
});

test('over TCP a length stands before each message', () => {
  const two = bytes('0019', ...query, '0019', ...query);
  expect(parseFramed(two, 0)).toMatchObject({ kind: 'done', end: 27, value: { size: 27 } });
  expect(parseFramed(two, 27)).toMatchObject({ kind: 'done', end: 54 });
  for (let length = 0; length < 27; length++) expect(parseFramed(two.subarray(0, length), 0).kind).toBe('more');
  expect(parseFramed(bytes('0005', ...query), 0).kind).toBe('bad');
});

test('a boundary is found again among other bytes', () => {
  const stream = bytes('ffffffff 0102', '0019', ...query);
  expect(framedHeaderFits(stream, 6)).toBe(true);
  expect([0, 1, 2, 3, 4, 5, 7].map((at) => framedHeaderFits(stream, at))).not.toContain(true);
});

test.each([
  ['a query', '0001 0110 0001 0000 0000 0000', '0020 0001'],
  ['an answer without its question', '0001 8500 0000 0001 0000 0000', '0020 0001 00000000 0006 40000a1407c8'],
])('NetBIOS: %s is built like DNS and not taken for it', (_name, header, rest) => {
  const netbios = bytes(header, '20', '43'.repeat(32), '00', rest);
  const parsed = parseDatagram(netbios, 0);
  expect(parsed.kind === 'done' && isPlausible(parsed.value)).toBe(false);
});
