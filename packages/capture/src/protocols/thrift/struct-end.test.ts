import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StructEnd } from './struct-end.ts';
import { type Encoding, Walker } from './values.ts';

const encodings = fc.constantFrom<Encoding>('binary', 'compact');

/** A struct of the binary encoding with whatever a test makes of it inside. */
const { struct } = fc.letrec<{ value: [number, Buffer]; struct: Buffer }>((tie) => {
  const i32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
  const small = fc.oneof(
    fc.tuple(fc.constant(2), fc.constant(Buffer.from([1]))),
    fc.tuple(fc.constant(6), fc.constant(Buffer.from([1, 2]))),
    fc.tuple(fc.constant(8), fc.constant(i32(7))),
    fc.tuple(fc.constantFrom(4, 10), fc.constant(Buffer.alloc(8, 3))),
    fc.tuple(fc.constant(16), fc.constant(Buffer.alloc(16, 9))),
    fc
      .uint8Array({ maxLength: 30 })
      .map((bytes): [number, Buffer] => [11, Buffer.concat([i32(bytes.length), Buffer.from(bytes)])]),
  );
  const list = fc
    .tuple(small, fc.nat(5), fc.constantFrom(14, 15))
    .map(([[type, value], count, kind]): [number, Buffer] => [
      kind,
      Buffer.concat([Buffer.from([type]), i32(count), ...Array<Buffer>(count).fill(value)]),
    ]);
  const map = fc
    .tuple(small, tie('value'), fc.nat(3))
    .map(([[keyType, key], [type, value], count]): [number, Buffer] => [
      13,
      Buffer.concat([
        Buffer.from([keyType, type]),
        i32(count),
        ...Array<Buffer>(count).fill(Buffer.concat([key, value])),
      ]),
    ]);
  return {
    value: fc.oneof(
      { depthSize: 'small' },
      small,
      list,
      map,
      tie('struct').map((bytes): [number, Buffer] => [12, bytes]),
    ),
    struct: fc
      .array(tie('value'), { maxLength: 4 })
      .map((values) =>
        Buffer.concat([
          ...values.flatMap(([type, value], id) => [Buffer.from([type, 0, id]), value]),
          Buffer.from([0]),
        ]),
      ),
  };
});

/** The most bytes that were asked for. */
let waitsFor = 0;

/** What is answered when the bytes come in pieces of these sizes, again and again. */
function inPieces(bytes: Uint8Array, start: number, encoding: Encoding, sizes: readonly number[]) {
  const end = new StructEnd();
  waitsFor = 0;
  let length = start;
  for (let i = 0; ; i++) {
    length = Math.min(bytes.length, length + (sizes[i % sizes.length] ?? 1));
    const found = end.find(bytes.subarray(0, length), start, encoding);
    if (found !== 'more' || length === bytes.length) return found;
    waitsFor = Math.max(waitsFor, length + end.atLeast);
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

test('a struct ends where its values do, however it is cut', () => {
  fc.assert(
    fc.property(struct, fc.uint8Array({ maxLength: 9 }), fc.nat(5), sizes, (bytes, behind, start, cuts) => {
      const whole = Buffer.concat([Buffer.alloc(start, 0xee), bytes, behind]);
      expect(inPieces(whole, start, 'binary', cuts)).toBe(start + bytes.length);
      // A reader waits for what it is told to: never for more than the message has.
      expect(waitsFor).toBeLessThanOrEqual(start + bytes.length);
    }),
  );
});

test('whatever the bytes are, it answers what a walk over them does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), encodings, sizes, (bytes, encoding, cuts) => {
      const walker = new Walker(bytes, 0, encoding);
      walker.struct();
      expect(inPieces(bytes, 0, encoding, cuts)).toBe(walker.stopped ?? walker.at);
    }),
    { numRuns: 2000 },
  );
});

test('what was gone over is not looked at again', () => {
  const end = new StructEnd();
  const list = Buffer.concat([Buffer.from([15, 0, 1, 3, 0, 0, 0, 200]), Buffer.alloc(200), Buffer.from([0])]);
  expect(end.find(list.subarray(0, 100), 0, 'binary')).toBe('more');
  expect(end.values).toBe(93);
  // Poison where it has been.
  list.fill(0xff, 0, 100);
  expect(end.find(list, 0, 'binary')).toBe(list.length);
  expect(end.values).toBe(0);
});
