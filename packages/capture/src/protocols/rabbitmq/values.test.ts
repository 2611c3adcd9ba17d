import { expect, test } from 'vitest';
import { ByteReader } from '../../decode/byte-reader.ts';
import { contentProperties, type Field } from './method.ts';
import { longText, shortText, table } from './testing/frames.ts';
import { MAX_DEPTH, MAX_FIELDS, readArguments, readProperties, readTable } from './values.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const read = (bytes: Uint8Array) => readTable(new ByteReader(new Uint8Array(bytes)));

test.each([
  ['t', '01', true],
  ['b', 'ff', -1],
  ['B', 'ff', 255],
  ['s', 'fffe', -2],
  ['U', 'fffe', -2],
  ['u', 'fffe', 65_534],
  ['I', 'ffffffff', -1],
  ['i', 'ffffffff', 4_294_967_295],
  ['l', 'ffffffffffffffff', -1],
  ['L', '7fffffffffffffff', '9223372036854775807'],
  ['f', '3f8ccccd', 1.1],
  ['d', '7ff0000000000000', 'Infinity'],
  ['D', '02 00003039', '123.45'],
  ['D', '03 00000001', '0.001'],
  ['D', '00 00000007', '7'],
  ['S', '00000002 6869', 'hi'],
  ['S', '00000002 00ff', '\\x00ff'],
  ['x', '00000002 00ff', '\\x00ff'],
  ['T', '0000000065e8f580', '2024-03-06T23:00:16.000Z'],
  ['T', 'ffffffffffffffff', '18446744073709551615'],
  ['V', '', null],
  ['A', '00000004 74 01 62 ff', [true, -1]],
  ['F', '00000004 0161 74 00', { a: false }],
])('a field of type %s: %s', (type, value, expected) => {
  expect(read(table(['k', type, hex(value)]))).toEqual({ k: expected });
});

test('names are UTF-8, also where they come again', () => {
  const named = () => table([Buffer.from('größe').toString('latin1'), 't', hex('01')]);
  expect(read(named())).toEqual({ größe: true });
  expect(read(named())).toEqual({ größe: true });
});

test.each([
  [
    'an unknown letter ends the table',
    table(['a', 't', hex('01')], ['b', '?', hex('00')]),
    { a: true, b: 'a value of an unknown type' },
  ],
  ['a string longer than the table', table(['a', 't', hex('01')], ['b', 'S', hex('ffffffff')]), { a: true }],
  ['a table longer than the frame', hex('ffffffff 0161 74 01'), {}],
  ['no table at all', hex('00'), {}],
])('%s', (_, bytes, expected) => {
  expect(read(bytes)).toEqual(expected);
});

test('nesting ends at the limit', () => {
  let nested = table(['leaf', 't', hex('01')]);
  for (let depth = 0; depth < 1000; depth++) nested = table(['k', 'F', nested]);
  const text = JSON.stringify(read(nested));
  expect(text).toContain('nested too deep');
  expect(text.split('"k"').length - 1).toBe(MAX_DEPTH + 1);
});

test('a table of too many fields is cut and says so', () => {
  const fields = Array.from({ length: MAX_FIELDS + 10 }, (_, i) => [`k${i}`, 't', hex('01')] as const);
  const found = read(table(...fields));
  expect(Object.keys(found)).toHaveLength(MAX_FIELDS + 1);
  expect(found['…']).toContain('more than');
});

const fields: readonly Field[] = [
  { name: 'ticket', type: 'short' },
  ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => ({ name, type: 'bit' }) as const),
  { name: 'queue', type: 'shortstr' },
];
test('bits share octets, from the lowest up', () => {
  const bytes = new Uint8Array([...hex('0007 81 01'), ...shortText('q')]);
  expect(readArguments(fields, bytes, 0, bytes.length)).toMatchObject({
    a: true,
    b: false,
    h: true,
    i: true,
    queue: 'q',
  });
});
test('arguments that are cut off are left out', () => {
  const bytes = new Uint8Array(hex('0007 81'));
  expect(Object.keys(readArguments(fields, bytes, 0, bytes.length)).at(-1)).toBe('h');
});
test('what proves who somebody is is read over', () => {
  const bytes = new Uint8Array([...longText('s3cret'), ...shortText('en_US')]);
  const secret: readonly Field[] = [
    { name: 'response', type: 'longstr' },
    { name: 'locale', type: 'shortstr' },
  ];
  expect(readArguments(secret, bytes, 0, bytes.length)).toEqual({ locale: 'en_US' });
});

test('all properties are found behind their flags', () => {
  expect(contentProperties).toHaveLength(14);
  const values = ['a', 'b'].map(shortText);
  const rest = ['c', 'd', 'e', 'f'].map(shortText);
  const bytes = Buffer.concat([
    hex('fffc'),
    ...values,
    table(),
    hex('02 09'),
    ...rest,
    hex('0000000065e8f580'),
    ...['t', 'u', 'app', 'cl'].map(shortText),
  ]);
  expect(readProperties(new Uint8Array(bytes))).toEqual({
    contentType: 'a',
    contentEncoding: 'b',
    headers: {},
    deliveryMode: 2,
    priority: 9,
    correlationId: 'c',
    replyTo: 'd',
    expiration: 'e',
    messageId: 'f',
    timestamp: '2024-03-06T23:00:16.000Z',
    type: 't',
    userId: 'u',
    appId: 'app',
    clusterId: 'cl',
  });
  expect(readProperties(new Uint8Array(hex('ffff ffff 0000')))).toEqual({});
  expect(readProperties(new Uint8Array())).toEqual({});
});
