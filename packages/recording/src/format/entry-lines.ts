/** entries.ndjson.zst: one entry a line, in zstd frames that each hold whole lines. */

import { pipeline } from 'node:stream';
import { createZstdDecompress, zstdCompressSync } from 'node:zlib';
import type { Entry } from '@kubeshark/model';
import { ByteSource } from './byte-source.ts';
import { RecordingError } from './recording-error.ts';
import { readFrames } from './zstd-frames.ts';

/** Both bodies at ten times the default cut, escaped. Longer lines are damage, or meant to fill the memory. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NEW_LINE = 0x0a;

/** Text of one frame: what a reader unpacks before it can hand anything on. */
const FRAME_CHARACTERS = 4 * 1024 * 1024;

/** The entries as frames of whole lines; appended to others they are still a file that `zstd -d` reads. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const frames: Uint8Array[] = [];
  let lines = '';
  for (const entry of entries) {
    lines += `${JSON.stringify(entry)}\n`;
    if (lines.length < FRAME_CHARACTERS) continue;
    frames.push(zstdCompressSync(lines));
    lines = '';
  }
  if (lines !== '') frames.push(zstdCompressSync(lines));
  return Buffer.concat(frames);
}

/** The entries in batches as they are unpacked. Throws a RecordingError at the first line that is none. */
export async function* decodeEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Entry[]> {
  const counter = { line: 0 };
  for await (const frame of readFrames(new ByteSource(chunks))) yield* frameEntries(frame, counter);
}

/** How far a file whose writer died can be read: entries of whole frames go to `onEntries`; answers their bytes. */
export async function recoverEntries(
  chunks: AsyncIterable<Uint8Array>,
  onEntries: (entries: readonly Entry[]) => void,
): Promise<number> {
  const source = new ByteSource(chunks);
  const counter = { line: 0 };
  let whole = 0;
  try {
    for await (const frame of readFrames(source)) {
      const found: Entry[] = [];
      for await (const entries of frameEntries(frame, counter)) found.push(...entries);
      onEntries(found);
      whole = source.offset;
    }
  } catch (error) {
    // The frame that was being written; what is before it is whole.
    if (!(error instanceof RecordingError)) throw error;
  } finally {
    await source.close();
  }
  return whole;
}

async function* frameEntries(
  frame: AsyncIterable<Uint8Array>,
  counter: { line: number },
): AsyncGenerator<readonly Entry[]> {
  for await (const texts of linesOf(unpacked(frame))) {
    const entries: Entry[] = [];
    for (const text of texts) {
      counter.line++;
      const entry = entryOf(text);
      if (entry === undefined) {
        if (entries.length > 0) yield entries;
        throw new RecordingError('damaged', `line ${counter.line} of entries.ndjson.zst is no entry`);
      }
      entries.push(entry);
    }
    if (entries.length > 0) yield entries;
  }
}

async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let failure: unknown;
  // An error of the source reaches the reader through the pipeline; it is kept to be thrown as it was.
  const source = async function* () {
    try {
      yield* chunks;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    yield* pipeline(source(), createZstdDecompress({ chunkSize: CHUNK_BYTES }), () => undefined);
  } catch (error) {
    if (failure !== undefined) throw failure;
    throw new RecordingError('damaged', 'entries.ndjson.zst cannot be unpacked', { cause: error });
  }
}

/** Whole lines, those of each chunk together. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const utf8 = new TextDecoder();
  let parts: Uint8Array[] = [];
  let waiting = 0;
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(NEW_LINE);
    if (last >= 0) {
      const text = utf8.decode(Buffer.concat([...parts, chunk.subarray(0, last)]));
      yield text.split('\n');
      parts = [];
      waiting = 0;
    }
    const rest = chunk.subarray(last + 1);
    waiting += rest.length;
    if (waiting > MAX_LINE_BYTES)
      throw new RecordingError('damaged', `a line of entries.ndjson.zst is longer than ${MAX_LINE_BYTES} bytes`);
    if (rest.length > 0) parts.push(Uint8Array.from(rest));
  }
  if (waiting > 0) throw new RecordingError('truncated', 'entries.ndjson.zst ends in the middle of a line');
}

/** Undefined when the line is not the JSON of something like an entry. */
function entryOf(line: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The caller says which line.
    return undefined;
  }
  return isEntry(value) ? value : undefined;
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { id, timestamp, protocols, src, dst, request, response, connection, capture } = value as Record<
    string,
    unknown
  >;
  return (
    typeof id === 'string' &&
    /^\d{1,20}$/.test(id) &&
    Number.isFinite(timestamp) &&
    Array.isArray(protocols) &&
    [src, dst, connection, capture].every((part) => typeof part === 'object' && part !== null) &&
    typeof request === 'object' &&
    typeof response === 'object'
  );
}
