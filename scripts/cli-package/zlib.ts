/** node:zlib for the packaged command: on a Node without zstd (before 22.15) a decoder in JavaScript, and frames left unpacked. */

import { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { Decompress, decompress } from 'fzstd';

export const {
  brotliDecompressSync,
  constants,
  createGunzip,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  crc32,
} = zlib;

export const zstdDecompressSync: typeof zlib.zstdDecompressSync =
  zlib.zstdDecompressSync ?? ((bytes) => Buffer.from(decompress(bytes as Uint8Array)));

/** RFC 8878 §3.1.1: a block of a frame holds at most 128 kB. */
const MAX_BLOCK_BYTES = 128 * 1024;

/** One frame of raw blocks: larger than it could be, and what every zstd reads. */
function rawFrame(content: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  // Single segment, content size in eight bytes.
  const head = Buffer.alloc(13);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0xe0;
  head.writeBigUInt64LE(BigInt(content.length), 5);
  parts.push(head);
  for (let at = 0; at === 0 || at < content.length; at += MAX_BLOCK_BYTES) {
    const block = content.subarray(at, at + MAX_BLOCK_BYTES);
    const isLast = at + block.length >= content.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}

export const zstdCompressSync: typeof zlib.zstdCompressSync =
  zlib.zstdCompressSync ?? ((content) => rawFrame(Buffer.from(content as string)));

class ZstdDecoder extends Transform {
  readonly #decoder = new Decompress((chunk) => void this.push(Buffer.from(chunk)));

  override _transform(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    try {
      this.#decoder.push(chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

export const createZstdDecompress: typeof zlib.createZstdDecompress =
  zlib.createZstdDecompress ?? (() => new ZstdDecoder() as unknown as ReturnType<typeof zlib.createZstdDecompress>);

export default zlib;
