/** The calls of any file that has some: a recording, a capture (also packed with gzip or zstd), a HAR. Told by content, not name. */

import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { CaptureDissection, isCapture } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import type { Manifest } from '../format/manifest.ts';
import { RecordingError } from '../format/recording-error.ts';
import { readRecording } from '../format/recording-file.ts';
import { harEntries, MAX_HAR_BYTES } from './har-entries.ts';

export type CallsPart =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  /** What of the file was passed over, in a sentence. */
  | { readonly kind: 'note'; readonly text: string };

export interface ReadCallsOptions {
  /** TLS keys, as the text of a key log or an RSA private key: what a capture is opened with. */
  readonly keys?: string | undefined;
  /** Low bits of the ids that calls of a capture get. */
  readonly agentNumber?: number;
}

const CHUNK_BYTES = 1024 * 1024;
/** Offset and text of the magic in a tar's first header. */
const TAR_MAGIC_AT = 257;
const TAR_MAGIC = 'ustar';
const HEAD_BYTES = TAR_MAGIC_AT + TAR_MAGIC.length;

/** Throws a RecordingError where the file cannot be read on; the calls before that place have been given. */
export async function* readCalls(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadCallsOptions = {},
): AsyncGenerator<CallsPart> {
  const { head, all } = await peek(chunks);
  if (head.length === 0) throw new RecordingError('foreign', 'the file is empty');
  const packed = unpackerOf(head);
  if (packed !== undefined) yield* readCalls(unpack(all, packed), options);
  else if (head.toString('latin1', TAR_MAGIC_AT) === TAR_MAGIC) {
    for await (const part of readRecording(all)) if (part.kind === 'manifest' || part.kind === 'entries') yield part;
  } else if (/^(?:\xef\xbb\xbf)?\s*\{/.test(head.toString('latin1'))) {
    yield { kind: 'entries', entries: harEntries(await textOf(all)) };
  } else yield* captureCalls(all, options);
}

/** The packets of such a file as a capture, pcap or pcapng; nothing of a HAR. Throws as `readCalls` does. */
export async function* readPackets(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(chunks);
  const packed = unpackerOf(head);
  if (packed !== undefined) yield* readPackets(unpack(all, packed));
  else if (head.toString('latin1', TAR_MAGIC_AT) === TAR_MAGIC) {
    for await (const part of readRecording(all)) if (part.kind === 'packets') yield part.bytes;
  } else if (isCapture(head)) yield* all;
}

/** The first bytes, and everything with them in front again. */
async function peek(chunks: AsyncIterable<Uint8Array>): Promise<{ head: Buffer; all: AsyncIterable<Uint8Array> }> {
  const rest = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const next = await rest.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const begun = Buffer.concat(first);
  const all = async function* () {
    yield begun as Uint8Array;
    yield* { [Symbol.asyncIterator]: () => rest };
  };
  return { head: begun.subarray(0, HEAD_BYTES), all: all() };
}

function unpackerOf(head: Buffer): Transform | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip({ chunkSize: CHUNK_BYTES });
  const isZstd = head.length >= 4 && head.readUInt32BE(0) === 0x28b52ffd;
  return isZstd ? createZstdDecompress({ chunkSize: CHUNK_BYTES }) : undefined;
}

async function* unpack(chunks: AsyncIterable<Uint8Array>, transform: Transform): AsyncGenerator<Uint8Array> {
  try {
    yield* pipeline(chunks, transform, () => undefined);
  } catch (error) {
    throw new RecordingError('truncated', 'the file cannot be unpacked to its end', { cause: error });
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > MAX_HAR_BYTES)
      throw new RecordingError('damaged', `a HAR file may have ${MAX_HAR_BYTES} bytes; this one has more`);
    parts.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(parts).toString('utf8');
}

async function* captureCalls(
  chunks: AsyncIterable<Uint8Array>,
  { keys, agentNumber }: ReadCallsOptions,
): AsyncGenerator<CallsPart> {
  let entries: Entry[] = [];
  const capture = new CaptureDissection({
    source: 'file',
    onCall: (call) => entries.push(call.toEntry()),
    ...(agentNumber !== undefined && { agentNumber }),
  });
  if (keys !== undefined) {
    const fault = capture.engine.keys.addFile(keys);
    if (fault !== null) throw new RecordingError('damaged', `no TLS keys: ${fault}`);
  }
  for await (const chunk of chunks) {
    const damage = capture.push(chunk);
    if (entries.length > 0) yield { kind: 'entries', entries };
    entries = [];
    if (damage !== undefined) break;
  }
  const damage = capture.end();
  if (entries.length > 0) yield { kind: 'entries', entries };
  const { skipped, packets } = capture.engine.counters;
  for (const [reason, count] of skipped)
    if (reason.startsWith('link type')) yield { kind: 'note', text: `${count} frames were not read: ${reason}` };
  if (damage === undefined) return;
  if (damage.offset === 0 && packets === 0)
    throw new RecordingError('foreign', 'this is no recording, capture or HAR file');
  const message = `${damage.fault} at offset ${damage.offset}; the ${packets} packets before it were read`;
  throw new RecordingError('truncated', message);
}
