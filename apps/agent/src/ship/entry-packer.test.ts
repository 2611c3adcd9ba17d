import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CaptureDissection, JsonWriter } from '@kubeshark/capture';
import { RedactionSettings } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { expect, test } from 'vitest';
import { nobody, withEnds } from '../enrich/process.ts';
import { createRules } from '../redact/rules.ts';
import { redactEntry } from '../testing/redact-entry.ts';
import { EntryPacker } from './entry-packer.ts';

const defaults = createRules(RedactionSettings.parse({})).rules;
const nothing = createRules({ defaults: false, rules: [] }).rules;
const custom = createRules({
  defaults: true,
  rules: [
    { kind: 'header', name: 'x-tenant' },
    { kind: 'key', name: 'iban' },
    { kind: 'pattern', pattern: '[a-z]+@example' },
  ],
}).rules;

const unpacked = (batch: Uint8Array) => new Unpackr({ useRecords: true }).unpack(batch) as Entry[];
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** All files below a folder whose name begins with `input.`. */
const inputs = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => /^input\.pcap/.test(file.name))
    .map((file) => path.join(file.parentPath, file.name));
const fixtures = inputs(path.resolve(import.meta.dirname, '../../../../packages/capture/fixtures'));

test.each([
  ['the defaults', defaults],
  ['no rules', nothing],
  ['own rules', custom],
])('every call of the fixtures is shipped as its entry without its secrets: %s', (_name, rules) => {
  const packer = new EntryPacker(rules);
  const writer = new JsonWriter();
  const expected: Entry[] = [];
  const found: Entry[] = [];
  for (const file of fixtures) {
    const capture = new CaptureDissection({
      onCall: (call) => {
        writer.length = 0;
        call.writeJson(writer);
        expect(packer.add(writer.written(), nobody)).toBe(true);
        expected.push(plain(redactEntry(call.toEntry(), rules)) as Entry);
      },
    });
    const keys = path.join(path.dirname(file), 'keys.log');
    if (readdirSync(path.dirname(file)).includes('keys.log')) capture.engine.keys.addKeyLog(readFileSync(keys, 'utf8'));
    capture.push(new Uint8Array(readFileSync(file)));
    capture.end();
    // Some batches of one file, some of many.
    if (packer.count > 50) found.push(...unpacked(packer.take()));
  }
  found.push(...unpacked(packer.take()));
  expect(found.length).toBeGreaterThan(500);
  expect(found).toEqual(expected);
});

const name = fc.oneof(
  fc.constantFrom(
    'headers',
    'trailers',
    'cookies',
    'password',
    'Authorization',
    'X-Tenant',
    'token',
    'iban',
    'a',
    'b',
    '',
  ),
  // V8 13.6's own JSON.parse takes one of these two for the other where it has met an object with that: they have a test below.
  fc.string({ maxLength: 4 }).filter((text) => !/["\\]/.test(text)),
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc
    .array(
      fc.constantFrom(
        'token=',
        '"password":',
        '"a\\"',
        '":',
        ' ',
        '4111 1111 1111 1111',
        'eyJhbGciOiJI.eyJzdWIiOiIx.c2ln',
        '&',
        'x',
        '=',
        '"',
        ':',
        '\\',
        '\u0001',
        'é',
        '12',
        '-',
        'ann@example',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 20 }),
    tie('object'),
  ),
  object: fc.dictionary(name, tie('any'), { maxKeys: 6 }),
}));
const entries = fc.array(
  fc.record({
    request: fc.option(value.object),
    response: fc.option(value.object),
    summary: text,
    redis: value.any,
    connection: value.object,
  }),
  { minLength: 1, maxLength: 8 },
);

test.each([
  ['the defaults', defaults],
  ['no rules', nothing],
  ['own rules', custom],
])('any entry is shipped without its secrets, and otherwise as it is: %s', (_name, rules) => {
  fc.assert(
    fc.property(entries, (parts) => {
      const packer = new EntryPacker(rules);
      const all = parts.map((part) => ({ ...anHttpEntry(1), ...part }) as unknown as Entry);
      for (const entry of all) expect(packer.add(json(entry), nobody)).toBe(true);
      // Lone halves of surrogate pairs have no UTF-8; -0 has no JSON.
      const expected = all.map((entry) => plain(redactEntry(plain(entry) as Entry, rules)));
      expect(unpacked(packer.take())).toEqual(wellFormed(expected));
    }),
    { numRuns: 300 },
  );
});

function wellFormed(item: unknown): unknown {
  if (typeof item === 'string') return item.toWellFormed();
  if (Array.isArray(item)) return item.map(wellFormed);
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([key, one]) => [key.toWellFormed(), wellFormed(one)]));
}

test('bytes never miss what a text would lose', () => {
  fc.assert(
    fc.property(text, (one) => {
      const bytes = Buffer.from(one.toWellFormed());
      if (!defaults.mayHold(bytes, 0, bytes.length)) expect(defaults.text(bytes.toString())).toBe(bytes.toString());
    }),
    { numRuns: 3000 },
  );
});

test('who holds the ends is told with them', () => {
  const packer = new EntryPacker(defaults);
  const [src, dst] = [
    { pid: 7, name: 'curl' },
    { pid: 70_000, name: 'nginx' },
  ];
  const named = anHttpEntry(1, { src: { ip: '10.0.0.1', port: 1, name: 'shop', dns: 'shop' } });
  for (const ends of [{ src, dst }, { src: undefined, dst }, nobody]) packer.add(json(named), ends);
  packer.add(json(anHttpEntry(2)), { src, dst });
  expect(unpacked(packer.take())).toEqual(
    plain([
      withEnds(named, { src, dst }),
      withEnds(named, { src: undefined, dst }),
      named,
      withEnds(anHttpEntry(2), { src, dst }),
    ]),
  );
});

test.each([
  ['nothing', ''],
  ['a list', '[]'],
  ['half an entry', '{"id":"1","request":{"size":'],
  ['a text without an end', '{"id":"1'],
  ['an escape that is none', '{"summary":"\\x"}'],
  ['a number that is none', '{"timestamp":-}'],
  ['a word that is none', '{"error":tru}'],
  ['a secret without an end', '{"request":{"password":[1,{"a":"'],
  ['more than an entry', '{} {}'],
])('%s is refused, and the batch stays whole', (_name, broken) => {
  const packer = new EntryPacker(defaults);
  packer.add(json(anHttpEntry(1)), nobody);
  expect(packer.add(Buffer.from(broken), nobody)).toBe(false);
  packer.add(json(anHttpEntry(2)), nobody);
  expect(unpacked(packer.take())).toEqual(plain([anHttpEntry(1), anHttpEntry(2)]));
});

test('more kinds of entries than a batch has names for, and than are remembered, come whole', () => {
  const packer = new EntryPacker(defaults);
  const kinds = Array.from({ length: 6000 }, (_, n) => {
    const headers = { [`x-${n}`]: 'a', [`y-${n % 90}`]: { [`z-${n % 100}`]: 1 }, Authorization: 's3cret' };
    return anHttpEntry(n, { request: { size: n, headers } as unknown as Entry['request'] });
  });
  const found: Entry[] = [];
  for (const entry of kinds) {
    packer.add(json(entry), nobody);
    if (packer.count === 500) found.push(...unpacked(packer.take()));
  }
  expect(found).toEqual(kinds.map((entry) => plain(redactEntry(entry, defaults))));
});

test('an object inside one with the same keys is told before it is meant', () => {
  const packer = new EntryPacker(nothing);
  const nested = anHttpEntry(1, { redis: { a: { a: { a: 1 } }, b: [{ a: { a: 2 } }, { a: 3 }] } });
  packer.add(json(nested), nobody);
  packer.add(json(nested), nobody);
  expect(unpacked(packer.take())).toEqual(plain([nested, nested]));
});

test('keys with quotes, backslashes and letters beyond ASCII stay what they are', () => {
  const packer = new EntryPacker(defaults);
  for (const key of ['"', '\\', 'a"b', 'é', '\n'])
    packer.add(Buffer.from(`{"redis":{${JSON.stringify(key)}:1}}`), nobody);
  expect(unpacked(packer.take()).map(({ redis }) => Object.keys(redis ?? {}))).toEqual([
    ['"'],
    ['\\'],
    ['a"b'],
    ['é'],
    ['\n'],
  ]);
});

test('what is deeper than any document is not kept', () => {
  const packer = new EntryPacker(nothing);
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`);
  const entry = anHttpEntry(1, { redis: deep as Entry['redis'] });
  packer.add(json(entry), nobody);
  expect(unpacked(packer.take())).toEqual([plain(redactEntry(entry, nothing))]);
});
