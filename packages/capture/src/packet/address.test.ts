import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressBytes, addressText } from './address.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

test.each([
  ['IPv4', '7f000001', '127.0.0.1'],
  ['unspecified', '00000000000000000000000000000000', '::'],
  ['loopback', '00000000000000000000000000000001', '::1'],
  ['zeros in the middle', '20010db8000000000000000000000001', '2001:db8::1'],
  ['zeros at the end', '20010db8000100000000000000000000', '2001:db8:1::'],
  ['the first of two equal runs', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['one zero group stays', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['mapped IPv4', '00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
  ['no zeros', '20010db8000100020003000400050006', '2001:db8:1:2:3:4:5:6'],
])('%s', (_name, hex, text) => {
  expect(addressText(bytes(hex), 0, hex.length === 8 ? 4 : 6)).toBe(text);
  expect(Buffer.from(addressBytes(text) ?? []).toString('hex')).toBe(hex);
});

test('an address reads back from its text', () => {
  const address = fc
    .constantFrom(4 as const, 16 as const)
    .chain((length) => fc.array(fc.constantFrom(0, 0, 1, 255), { minLength: length, maxLength: length }));
  fc.assert(
    fc.property(address, (list) => {
      const address = Uint8Array.from(list);
      expect(addressBytes(addressText(address, 0, list.length === 4 ? 4 : 6))).toEqual(address);
    }),
  );
});

test.each([
  '',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  '::1::',
  ':::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8::',
  '12345::',
  '::1.2.3',
  'x',
])('"%s" is no address', (text) => {
  expect(addressBytes(text)).toBeUndefined();
});
