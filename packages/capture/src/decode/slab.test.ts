import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keptBytes, Slab } from './slab.ts';

/** Small ones share a block; above half a block each has its own. */
const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(20_000)), { maxLength: 30 });
const blocks = fc.constantFrom(undefined, 64, 1024);

test('what was copied or written stays as it is, whatever is copied after it', () => {
  fc.assert(
    fc.property(sizes, fc.array(fc.boolean(), { minLength: 1 }), blocks, (lengths, isWritten, blockBytes) => {
      const slab = new Slab(blockBytes);
      const kept = lengths.map((length, i) => {
        const bytes = new Uint8Array(length).fill(i + 1);
        if (!isWritten[i % isWritten.length]) {
          // Node's own kind of bytes, and they change afterwards.
          const source = Buffer.from(bytes);
          const at = slab.copy(source, 0, length);
          source.fill(0);
          return { bytes, at, block: slab.block };
        }
        // Room for more than is used in the end.
        const at = slab.reserve(2 * length);
        slab.block.set(bytes, at);
        slab.use(at + length);
        return { bytes, at, block: slab.block };
      });
      for (const { bytes, at, block } of kept) expect(block.subarray(at, at + bytes.length)).toEqual(bytes);
    }),
  );
});

test('what is kept of a text keeps a small block at most', () => {
  const texts = ['', '{"a":1}', 'größer', 'x'.repeat(3000), 'y'.repeat(9000)];
  const kept = texts.map((text) => keptBytes(text));
  expect(kept.map((bytes) => bytes.toString())).toEqual(texts);
  for (const bytes of kept) expect(bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(8192, bytes.length));
  expect([...keptBytes('gr\xf6\xdfer', 'latin1')]).toEqual([0x67, 0x72, 0xf6, 0xdf, 0x65, 0x72]);
});
