import fc from 'fast-check';
import { expect, test } from 'vitest';
import { element, equals, octets } from '../../../fixtures/ldap/messages.ts';
import { headAt } from './ber.ts';
import { filterShape, filterText, MAX_DEPTH, MAX_FILTER_CHARACTERS } from './filter.ts';

function read(bytes: Uint8Array, write = filterText): string {
  const head = headAt(bytes, 0);
  return head === undefined || head === 'bad' ? '' : write(bytes, { ...head, end: Math.min(head.end, bytes.length) });
}

const person = equals('objectClass', 'person');
const substrings = (...parts: Uint8Array[]) => element(0xa4, octets('cn'), element(0x30, ...parts));

test.each<[string, Uint8Array, string, string]>([
  ['equality', equals('uid', 'alice'), '(uid=alice)', '(uid={})'],
  ['a class says what is looked for', person, '(objectClass=person)', '(objectClass=person)'],
  [
    'and',
    element(0xa0, person, equals('uid', 'a')),
    '(&(objectClass=person)(uid=a))',
    '(&(objectClass=person)(uid={}))',
  ],
  ['or of nothing', element(0xa1), '(|)', '(|)'],
  ['not', element(0xa2, equals('a', 'b')), '(!(a=b))', '(!(a={}))'],
  ['presence', octets('mail', 0x87), '(mail=*)', '(mail=*)'],
  ['at least', element(0xa5, octets('age'), octets('7')), '(age>=7)', '(age>={})'],
  ['at most', element(0xa6, octets('age'), octets('7')), '(age<=7)', '(age<={})'],
  ['about', element(0xa8, octets('sn'), octets('x')), '(sn~=x)', '(sn~={})'],
  ['a beginning', substrings(octets('a', 0x80)), '(cn=a*)', '(cn={}*)'],
  ['an end', substrings(octets('z', 0x82)), '(cn=*z)', '(cn=*{})'],
  [
    'beginning, middle and end',
    substrings(octets('a', 0x80), octets('m', 0x81), octets('z', 0x82)),
    '(cn=a*m*z)',
    '(cn={}*{}*{})',
  ],
  [
    'a rule',
    element(0xa9, octets('2.5.13.2', 0x81), octets('cn', 0x82), octets('x', 0x83), element(0x84, Buffer.from([0xff]))),
    '(cn:dn:2.5.13.2:=x)',
    '(cn:dn:2.5.13.2:={})',
  ],
  ['what would be syntax is escaped', equals('cn', 'a*(b)\\\0'), '(cn=a\\2a\\28b\\29\\5c\\00)', '(cn={})'],
  [
    'what is no text is escaped',
    element(0xa3, octets('guid'), element(4, Buffer.from([0xff, 0x41, 0x29]))),
    '(guid=\\ffA\\29)',
    '(guid={})',
  ],
  ['a kind nobody knows', octets('x', 0x8f), '(?=143)', '(?=143)'],
])('%s', (_, bytes, text, shape) => {
  expect(read(bytes)).toBe(text);
  expect(read(bytes, filterShape)).toBe(shape);
});

test('a filter nested too deeply is cut', () => {
  let nested: Uint8Array = person;
  for (let level = 0; level < 2 * MAX_DEPTH; level++) nested = element(0xa2, nested);
  expect(read(nested)).toBe(`${'(!'.repeat(MAX_DEPTH)}(…)${')'.repeat(MAX_DEPTH)}`);
});

test('a filter of a thousand conditions is cut', () => {
  const many = element(0xa1, ...Array.from({ length: 1000 }, (_, index) => equals('uid', `user-${index}`)));
  expect(read(many)).toHaveLength(MAX_FILTER_CHARACTERS + 1);
});

test.each([
  ['text', '€'.repeat(5000), /^\(cn=€{2044}…$/],
  ['no text', Buffer.alloc(1_000_000, 0xff), /^\(cn=(?:\\ff){681}\\…$/],
])('a long value is looked at no further than it is shown: %s', (_, value, shown) => {
  const long = element(0xa3, octets('cn'), element(4, Buffer.from(value)));
  expect(read(long)).toMatch(shown);
});

test('any bytes give a text', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void read(bytes)));
});
