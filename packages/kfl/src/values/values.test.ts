import { describe, expect, test } from 'vitest';
import { nearest } from './nearest.ts';
import { parseAddress, parseNetwork } from './network.ts';
import { compileGlob, compilePattern } from './pattern.ts';
import { addMonths, parseTime } from './time.ts';
import { parseXml } from './xml.ts';

describe('points in time', () => {
  const at = (iso: string) => Date.parse(iso) * 1000;
  test.each<[string, number | undefined]>([
    ['2026-11-23', at('2026-11-23T00:00:00Z')],
    ['2026-11-23T10:00:00Z', at('2026-11-23T10:00:00Z')],
    ['2026-11-23 10:00', at('2026-11-23T10:00:00Z')],
    ['2026-11-23T10:00:00.5+02:00', at('2026-11-23T08:00:00Z') + 500_000],
    ['2026-11-23T10:00:00.123456789Z', at('2026-11-23T10:00:00Z') + 123_456.789],
    ['10/19/2021, 6:29:02.000 PM', at('2021-10-19T18:29:02Z')],
    ['1/2/2021, 12:00:00 AM', at('2021-01-02T00:00:00Z')],
    ['10/19/2021, 18:29', at('2021-10-19T18:29:00Z')],
    ['2026-02-30', undefined],
    ['2026-13-01', undefined],
    ['2026-11-23T25:00:00Z', undefined],
    ['2026-11-23T10:00:00+99:00', undefined],
    ['1/1/2021, 13:00:00 PM', undefined],
    ['', undefined],
    ['now', undefined],
    ['9'.repeat(1000), undefined],
  ])('%s', (text, micros) => {
    expect(parseTime(text)).toBe(micros);
  });

  test('a month later is the last day where the day does not exist', () => {
    expect(addMonths(at('2026-01-31T10:00:00Z'), 1)).toBe(at('2026-02-28T10:00:00Z'));
    expect(addMonths(at('2026-03-31T10:00:00Z') + 7, -13)).toBe(at('2025-02-28T10:00:00Z') + 7);
    expect(addMonths(Number.MAX_VALUE, 1)).toBe(Number.MAX_VALUE);
  });
});

describe('addresses', () => {
  test.each<[string, boolean]>([
    ['10.0.0.1', true],
    ['255.255.255.255', true],
    ['::', true],
    ['2001:db8::1', true],
    ['::ffff:10.0.0.1', true],
    ['1:2:3:4:5:6:7:8', true],
    ['10.0.0', false],
    ['10.0.0.256', false],
    ['10.0.0.01', false],
    ['1:2:3:4:5:6:7', false],
    ['1:2:3:4:5:6:7:8:9', false],
    ['::1::', false],
    [':::', false],
    ['fe80::1%eth0', false],
    ['', false],
    [':'.repeat(1000), false],
  ])('%s', (text, isAddress) => {
    expect(parseAddress(text) !== undefined).toBe(isAddress);
  });

  test.each<[string, string, boolean]>([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '10.0.0', false],
    ['10.0.0.0/8', '010.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1/32', '10.0.0.2', false],
    ['192.168.128.0/17', '192.168.200.1', true],
    ['fd00::/8', 'fdab::1', true],
    ['fd00::/8', 'fc00::1', false],
    ['::/0', '10.0.0.1', false],
  ])('%s holds %s: %s', (range, address, isInside) => {
    expect(parseNetwork(range)?.(address)).toBe(isInside);
  });

  test.each(['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/8/8', '/8', 'x/8', '10.0.0.0/-1'])(
    '%s is no range',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined();
    },
  );
});

describe('globs', () => {
  test.each<[string, string, boolean]>([
    ['*', '', true],
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'a', false],
    ['ab*bc', 'abc', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['*b*', 'abc', true],
    ['', '', true],
    ['', 'a', false],
    ['a', 'a', true],
    ['?', 'a', true],
    ['?', '😀', true],
    ['?', '', false],
    ['a?c*', 'abcd', true],
    ['*?', '', false],
    ['*a?', 'aab', true],
    ['a.c', 'abc', false],
  ])('%s on %s: %s', (glob, text, fits) => {
    expect(compileGlob(glob).test(text)).toBe(fits);
  });

  test('many stars cost no more than text times stars', () => {
    expect(compileGlob(`${'*a?'.repeat(200)}b`).test('a'.repeat(5_000))).toBe(false);
  });
});

describe('patterns', () => {
  test.each([
    ['(a+)+$', `${'a'.repeat(5_000)}b`, false],
    ['(x+x+)+y', 'x'.repeat(5_000), false],
    ['(.*)*z', 'a'.repeat(5_000), false],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(5_000), false],
    ['plain', 'a plain text', true],
  ])('%s ends', (source, text, matches) => {
    const compiled = compilePattern(source);
    expect('pattern' in compiled && compiled.pattern.test(text)).toBe(matches);
  });

  test.each(['(', '[', 'a{1001}', '(a{100}){100}', String.raw`\1`, '(?=a)', '(?<!a)', 'x**', '*'])(
    '%s is refused',
    (source) => {
      expect(compilePattern(source)).toHaveProperty('fault');
    },
  );
});

describe('XML', () => {
  test.each<[string, unknown]>([
    ['<a/>', { a: '' }],
    ['<a>x</a>', { a: 'x' }],
    [
      '<?xml version="1.0"?><!DOCTYPE a><!-- c --><a b="1" c=\'&lt;\'><d>x &amp; y</d><d/></a>',
      { a: { '@b': '1', '@c': '<', d: ['x & y', ''] } },
    ],
    ['<a>t<b/>u</a>', { a: { '#text': 'tu', b: '' } }],
    ['<a><![CDATA[<x>]]></a>', { a: '<x>' }],
    ['<n:a xmlns:n="u">&#65;&#x42;</n:a>', { 'n:a': { '@xmlns:n': 'u', '#text': 'AB' } }],
    ['<__proto__>x</__proto__>', JSON.parse('{"__proto__":"x"}')],
    ['<a>&unknown;&#x110000;</a>', { a: '&unknown;&#x110000;' }],
    ['<a>', null],
    ['<a></b>', null],
    ['</a>', null],
    ['<a/><b/>', null],
    ['text', null],
    ['<a b></a>', null],
    ['<!-- open', null],
    ['<a><![CDATA[x</a>', null],
    ['', null],
    ['<', null],
    ['< a/>', null],
  ])('%s', (text, value) => {
    expect(parseXml(text)).toEqual(value);
  });
});

test.each<[string, readonly string[]]>([
  ['respnse.status', ['response.status']],
  ['STATUS', ['status']],
  ['htpt', ['http']],
  ['zzzzzz', []],
  ['', []],
  ['x'.repeat(100), []],
])('nearest to %s', (word, names) => {
  expect(nearest(word, ['response.status', 'status', 'http', 'dns'], 1)).toEqual(names);
});
