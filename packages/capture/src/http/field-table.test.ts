import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latin1 } from '../decode/interner.ts';
import { FieldTable } from './field-table.ts';

const MARGIN = 'X: behind\r\n';
const table = new FieldTable();

/** What the table finds in a section that others lie around. */
function found(section: string) {
  const bytes = Uint8Array.from(Buffer.from(`Host: before\r\n${section}${MARGIN}`, 'latin1'));
  table.read(bytes, bytes.length - MARGIN.length - section.length, bytes.length - MARGIN.length);
  return Array.from({ length: table.count }, (_, i) => ({
    name: table.names[i]?.spelled,
    value: latin1(table.bytesOf(i), table.startOf(i), table.endOf(i)),
    isSpecial: table.isSpecial(i),
  }));
}

/** The same by the letter: lines, of which those that begin with white space continue the one before. */
function expected(section: string) {
  return section.split(/\n(?![ \t])/).flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon <= 0) return [];
    const value = line.slice(colon + 1).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    return [{ name: line.slice(0, colon).trimEnd(), value, isSpecial: /[\n\x80-\xff]/.test(line) }];
  });
}

const line = fc.oneof(
  fc.constantFrom(
    'Host: shop',
    'Accept: */*',
    'A: 1',
    'a :2',
    ': none',
    'no colon',
    'X-Née: a',
    'Via: caf\xe9',
    '12: b',
    '',
  ),
  fc.stringMatching(/^[A-Za-z-]{1,12}:[ -~]{0,40}$/),
  fc.stringMatching(/^[:aA \t\r\xe9]{0,12}$/),
);
const section = fc
  .array(fc.tuple(line, fc.constantFrom('\r\n', '\n', '\r\n ', '\n\t')), { maxLength: 8 })
  .map((lines) => lines.map((parts) => parts.join('')).join(''));

test('field lines are found as the standard says, whatever head came before', () => {
  fc.assert(
    fc.property(fc.array(section, { minLength: 1, maxLength: 3 }), (sections) => {
      for (const one of sections) expect(found(one)).toEqual(expected(one));
    }),
    { numRuns: 1000 },
  );
});

test('nothing behind the section is taken for a part of it', () => {
  found('Via: a\r\n');
  expect(found('X')).toEqual([]);
  found('X: 1\r\n');
  expect(found('X')).toEqual([]);
});
