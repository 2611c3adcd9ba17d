import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from './json-writer.ts';

function written(write: (json: JsonWriter) => void): string {
  const json = new JsonWriter();
  write(json);
  return Buffer.from(json.written()).toString('utf8');
}

const anyText = fc.string({ unit: 'binary', maxLength: 300 });

test('text, values and numbers are what JSON.stringify gives', () => {
  fc.assert(
    fc.property(
      anyText,
      fc.jsonValue(),
      fc.double(),
      fc.oneof(fc.integer(), fc.maxSafeInteger()),
      (text, value, double, integer) => {
        expect(written((json) => json.text(text))).toBe(JSON.stringify(text));
        expect(written((json) => json.name(text))).toBe(JSON.stringify(text));
        expect(written((json) => json.value(value))).toBe(JSON.stringify(value));
        expect(written((json) => json.number(double))).toBe(JSON.stringify(double));
        expect(written((json) => json.number(integer))).toBe(JSON.stringify(integer));
      },
    ),
  );
});

test('what was written aside is copied, whole or a part of it', () => {
  fc.assert(
    fc.property(anyText, anyText, fc.nat(200), fc.nat(200), (text, before, from, to) => {
      const aside = new JsonWriter();
      aside.text(text);
      const bytes = Buffer.from(aside.written());
      const [start, end] = [from, to].map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b) as [
        number,
        number,
      ];
      const copied = new JsonWriter();
      copied.text(before);
      copied.copyFrom(aside, start, end);
      copied.copyFrom(aside);
      const expected = [Buffer.from(JSON.stringify(before)), bytes.subarray(start, end), bytes];
      expect(Buffer.from(copied.written()).equals(Buffer.concat(expected))).toBe(true);
    }),
  );
});

test('what stands there is written again, and plain bytes up to the first that is not', () => {
  const kinds = new Uint8Array(256).fill(1, 0x80);
  fc.assert(
    fc.property(anyText, fc.uint8Array({ maxLength: 100 }), (text, bytes) => {
      const json = new JsonWriter();
      json.text(text);
      const { length } = json;
      json.again(0, length);
      const stop = json.plainPart(bytes, 0, bytes.length, kinds);
      const first = bytes.findIndex((byte) => byte >= 0x80);
      expect(stop).toBe(first < 0 ? bytes.length : first);
      const once = Buffer.from(JSON.stringify(text));
      expect(Buffer.from(json.written()).equals(Buffer.concat([once, once, bytes.subarray(0, stop)]))).toBe(true);
    }),
  );
});

test('milliseconds are what dividing by a thousand gives', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e17, noNaN: true })), (micros) => {
      expect(written((json) => json.millis(micros))).toBe(JSON.stringify(Math.round(micros) / 1000));
      expect(written((json) => json.thousandths(micros))).toBe(JSON.stringify(micros / 1000));
    }),
  );
});

test('pieces and padded numbers stand where they are written', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), fc.nat(999_999), (pieces, number) => {
      const json = new JsonWriter();
      for (const piece of pieces) json.copyOf(piece);
      json.padded(number, 6);
      json.padded(number, 1);
      const padded = Buffer.from(String(number).padStart(6, '0') + number);
      expect(Buffer.from(json.written())).toEqual(Buffer.concat([...pieces, padded]));
    }),
  );
});

test('bytes of ASCII are a string, others refuse', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(10), (bytes, start) => {
      const json = new JsonWriter();
      const isAscii = json.ascii(bytes, Math.min(start, bytes.length), bytes.length);
      const part = Buffer.from(bytes.subarray(Math.min(start, bytes.length)));
      expect(isAscii).toBe(part.every((byte) => byte < 0x80));
      if (isAscii) expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify(part.toString('latin1')));
    }),
  );
});

test('parts of texts stand as they are, or refuse', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 300 }), anyText), (text) => {
      const json = new JsonWriter();
      json.textPart(text);
      const isPlain = JSON.stringify(text) === `"${text}"` && Buffer.byteLength(text) === text.length;
      expect(json.isRefused).toBe(!isPlain);
      expect(Buffer.from(json.written()).toString()).toBe(isPlain ? text : '');
    }),
  );
});

test('the buffer grows with what is written, whatever is written', () => {
  const long = '\u0001'.repeat(100_000);
  const json = new JsonWriter();
  json.ascii(Buffer.from(long), 0, long.length);
  json.text('é'.repeat(200_000));
  json.raw('x'.repeat(300_000));
  json.number(7);
  json.millis(1_234_500);
  const expected = `${JSON.stringify(long)}${JSON.stringify('é'.repeat(200_000))}${'x'.repeat(300_000)}71234.5`;
  expect(Buffer.from(json.written()).toString()).toBe(expected);
});

test('base64 is what Buffer gives, short and long', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 250, maxLength: 260 })),
      (bytes) => {
        expect(written((json) => json.base64(bytes))).toBe(`"${Buffer.from(bytes).toString('base64')}"`);
      },
    ),
  );
});

/** What is escaped, what is not ASCII, and what differs from them by a bit or a carry. */
const nearlySpecial = fc.constantFrom(
  0,
  8,
  10,
  31,
  32,
  33,
  34,
  35,
  91,
  92,
  93,
  97,
  97,
  97,
  126,
  127,
  128,
  162,
  220,
  255,
);

test('bytes are copied as the text they are, wherever they lie, or refused', () => {
  fc.assert(
    fc.property(fc.array(nearlySpecial, { maxLength: 60 }), fc.nat(60), fc.nat(3), (list, from, offset) => {
      const bytes = new Uint8Array(list.length + offset).subarray(offset);
      bytes.set(list);
      const start = Math.min(from, list.length);
      const text = Buffer.from(list.slice(start)).toString('latin1');
      const isAscii = list.slice(start).every((byte) => byte < 0x80);
      let answer = false;
      const json = written((writer) => {
        writer.raw('[');
        answer = writer.ascii(bytes, start, list.length);
      });
      expect(answer).toBe(isAscii);
      if (isAscii) expect(json).toBe(`[${JSON.stringify(text)}`);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['"text"', ' text', false],
  ['""', '', false],
  ['12', '12', true],
])('%s becomes a part of a text as %j', (value, expected, isRefused) => {
  const json = new JsonWriter();
  json.raw('"a');
  const start = json.length;
  json.raw(value);
  json.unquote(start);
  expect(Buffer.from(json.written()).toString()).toBe(`"a${expected}`);
  expect(json.isRefused).toBe(isRefused);
});
