import { expect, test } from 'vitest';
import { HeaderField } from './header-field.ts';
import { headerName } from './header-name.ts';
import { type Encoded, MAX_ENCODED_BYTES, SharedFields, SLOTS } from './shared-fields.ts';

const date = headerName('date');
const encodedOf = (text: string, isHuffman = false): Encoded => {
  return { bytes: Buffer.from(text), start: 0, end: text.length, isHuffman };
};

function share(fields: SharedFields, value: Encoded): HeaderField | undefined {
  const known = fields.find(date, value);
  if (known === undefined) fields.keep(new HeaderField(date, value), value);
  return known;
}

test('the same field is made once', () => {
  const fields = new SharedFields();
  expect(share(fields, encodedOf('today'))).toBeUndefined();
  expect(share(fields, encodedOf('today'))?.value).toBe('today');
});

test('another name, or the same octets in another code, are another field', () => {
  const fields = new SharedFields();
  share(fields, encodedOf('today'));
  expect(fields.find(headerName('expires'), encodedOf('today'))).toBeUndefined();
  expect(fields.find(date, encodedOf('today', true))).toBeUndefined();
});

test('a value longer than the limit is not shared', () => {
  const fields = new SharedFields();
  const long = encodedOf('x'.repeat(MAX_ENCODED_BYTES + 1));
  share(fields, long);
  expect(share(fields, long)).toBeUndefined();
});

test('of a flood no more than the slots are kept', () => {
  const fields = new SharedFields();
  const all = Array.from({ length: 3 * SLOTS }, (_, i) => encodedOf(`value ${i}`));
  for (const value of all) share(fields, value);
  const kept = all.filter((value) => fields.find(date, value) !== undefined);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(SLOTS);
});
