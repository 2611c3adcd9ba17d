/**
 * The zstd frames of a stream (RFC 8878 §3.1), found by their headers without unpacking them. Node's own stream reads one
 * frame and takes an end in its middle for its end; a recording has many, and one that was cut must be known.
 */

import type { ByteSource } from './byte-source.ts';
import { RecordingError } from './recording-error.ts';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const RUN_BLOCK = 1;
const RESERVED_BLOCK = 3;

/** The bytes of each frame. One must be read to its end before the next; a frame that is cut throws `truncated`. */
export async function* readFrames(source: ByteSource): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for (;;) {
    const magic = await source.exactly(4);
    if (magic.length === 0) return;
    if (magic.length < 4) throw cut();
    const word = new DataView(magic.buffer, magic.byteOffset).getUint32(0, true);
    if ((word & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      const length = await exactly(source, 4);
      for await (const _ of bytesOf(source, new DataView(length.buffer, length.byteOffset).getUint32(0, true)));
    } else if (word === FRAME_MAGIC) yield frameOf(source, magic);
    else throw new RecordingError('damaged', 'entries.ndjson.zst cannot be unpacked: no zstd frame where one must be');
  }
}

async function* frameOf(source: ByteSource, magic: Uint8Array): AsyncGenerator<Uint8Array> {
  const descriptor = await exactly(source, 1);
  const flags = descriptor[0] ?? 0;
  const isSingleSegment = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const rest = await exactly(source, (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
  yield Buffer.concat([magic, descriptor, rest]);
  for (let isLast = false; !isLast; ) {
    const header = await exactly(source, BLOCK_HEADER_BYTES);
    const word = (header[0] ?? 0) | ((header[1] ?? 0) << 8) | ((header[2] ?? 0) << 16);
    const type = (word >> 1) & 3;
    if (type === RESERVED_BLOCK)
      throw new RecordingError('damaged', 'entries.ndjson.zst cannot be unpacked: bad block');
    isLast = (word & 1) === 1;
    yield Uint8Array.from(header);
    // A run of one byte is stored as that byte.
    yield* bytesOf(source, type === RUN_BLOCK ? 1 : word >> 3);
  }
  if ((flags & 4) !== 0) yield* bytesOf(source, CHECKSUM_BYTES);
}

async function* bytesOf(source: ByteSource, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0; ) {
    const chunk = await source.some(left);
    if (chunk === undefined) throw cut();
    left -= chunk.length;
    yield chunk;
  }
}

async function exactly(source: ByteSource, length: number): Promise<Uint8Array> {
  const bytes = await source.exactly(length);
  if (bytes.length < length) throw cut();
  return bytes;
}

const cut = () => new RecordingError('truncated', 'entries.ndjson.zst ends in the middle of a frame');
