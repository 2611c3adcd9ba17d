/** Capture files: pcap and pcapng, also compressed with gzip or zstd, also from standard input. */

import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { noSourceCounters, type Opened, readCapture } from './source.ts';

/** Large reads: a capture is read at gigabytes a second, and each chunk costs a turn of the event loop. */
const CHUNK_BYTES = 1024 * 1024;

function decompressorFor(magic: Uint8Array): Transform | undefined {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return createGunzip({ chunkSize: CHUNK_BYTES });
  if (magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd) {
    return createZstdDecompress({ chunkSize: CHUNK_BYTES });
  }
  return undefined;
}

/** The first chunk, and the stream with that chunk still in it. */
async function withFirst(raw: Readable): Promise<{ first: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const { value, done } = await chunks.next();
  const first = done === true ? new Uint8Array(0) : value;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  return { first, all: all() };
}

/** Opens a capture file; `-` is standard input. */
export async function openFile(path: string): Promise<Opened> {
  if (path !== '-') {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return { refused: `no such file: ${path}` };
    if (found.isDirectory()) return { refused: `${path} is a directory` };
  }
  const raw: Readable = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  let opened: Awaited<ReturnType<typeof withFirst>>;
  try {
    opened = await withFirst(raw);
  } catch (error) {
    return { refused: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
  const decompressor = decompressorFor(opened.first);
  // A failure of any stage reaches the reader: the pipeline destroys its last stream with the error.
  const bytes =
    decompressor === undefined ? Readable.from(opened.all) : pipeline(opened.all, decompressor, () => undefined);
  let read = 0;
  return {
    kind: 'file',
    name: path === '-' ? 'standard input' : basename(path),
    notes: [],
    read: (sink) =>
      readCapture(bytes, sink, (length) => {
        read += length;
      }),
    counters: () => ({ ...noSourceCounters, bytes: read }),
    close: () => {
      raw.destroy();
      return Promise.resolve();
    },
  };
}
