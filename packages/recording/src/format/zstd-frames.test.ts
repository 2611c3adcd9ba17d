import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteSource } from './byte-source.ts';
import { readFrames } from './zstd-frames.ts';

/** Bytes of whole frames at the beginning, and what ended them. */
async function lengthIn(bytes: Uint8Array): Promise<{ length: number; fault: string | undefined }> {
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  };
  const source = new ByteSource(chunks());
  let length = 0;
  try {
    for await (const frame of readFrames(source)) {
      for await (const _ of frame);
      length = source.offset;
    }
  } catch (error) {
    return { length, fault: (error as { fault?: string }).fault };
  }
  return { length, fault: undefined };
}

test('whatever is cut, the end of the last whole frame is found', async () => {
  const frame = fc
    .tuple(fc.uint8Array({ maxLength: 3_000 }), fc.boolean(), fc.integer({ min: 1, max: 4 }))
    .map(([bytes, isChecked, level]) =>
      zstdCompressSync(bytes, {
        params: { [constants.ZSTD_c_checksumFlag]: isChecked ? 1 : 0, [constants.ZSTD_c_compressionLevel]: level },
      }),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 5 }), fc.nat(), async (frames, place) => {
      const whole = Buffer.concat(frames);
      const cut = whole.length === 0 ? 0 : place % (whole.length + 1);
      let expected = 0;
      for (const { length } of frames)
        if (expected + length <= cut) expected += length;
        else break;
      const fault = expected === cut ? undefined : 'truncated';
      expect(await lengthIn(whole.subarray(0, cut))).toEqual({ length: expected, fault });
    }),
  );
});

test('a frame of a megabyte of one letter, and what is no frame behind it', async () => {
  const frame = zstdCompressSync(Buffer.alloc(1024 * 1024, 'a'));
  const bytes = Buffer.concat([frame, Buffer.from('no frame at all')]);
  expect(await lengthIn(bytes)).toEqual({ length: frame.length, fault: 'damaged' });
});
