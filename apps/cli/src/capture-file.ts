/** A capture file as calls: pcap or pcapng, also compressed with gzip or zstd, also from standard input. */

import { readSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { pipeline, type Transform } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Call, CaptureDissection, type KeyStore } from '@kubeshark/capture';
import { Failure } from './failure.ts';

/** Larger ones are not read faster, and what is printed of one is several times as long. */
const CHUNK_BYTES = 256 * 1024;
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

type EngineCounters = CaptureDissection['engine']['counters'];

export interface CaptureOutcome {
  readonly counters: EngineCounters;
  /** Set when the file is damaged; everything before `offset` was read. */
  readonly damage: { readonly fault: string; readonly offset: number } | undefined;
}

export interface CaptureFile {
  /** `-` is standard input. */
  readonly path: string;
  /** A file that opens TLS: a key log, as SSLKEYLOGFILE makes it, or an RSA private key. */
  readonly keyFile?: string | undefined;
}

const whyNot = (path: string, error: unknown): Failure => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Failure('trouble', `Cannot read ${path}: ${reasons[code] ?? message}.`, { cause: error });
};

async function readKeys(path: string, keys: KeyStore): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw whyNot(path, error);
  });
  const fault = keys.addFile(text);
  if (fault !== null) throw new Failure('usage', `No keys in ${path}: ${fault}.`);
}

function decompressor(first: Uint8Array): Transform | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return createGunzip({ chunkSize: CHUNK_BYTES });
  const isZstd = first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd;
  return isZstd ? createZstdDecompress({ chunkSize: CHUNK_BYTES }) : undefined;
}

/** The file in chunks that all lie in one buffer: each is good until the next is asked for. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  const buffer = new Uint8Array(CHUNK_BYTES);
  try {
    // A file answers at once, and what this thread reads is in the cache of its processor; a pipe must not hold it up.
    const isFile = (await file.stat()).isFile();
    for (;;) {
      // What Node puts off is done: of each damaged body that was unpacked, what unpacked it waits for that.
      if (isFile) await setImmediate();
      const bytesRead = isFile
        ? readSync(file.fd, buffer, 0, buffer.length, null)
        : (await file.read(buffer, 0, buffer.length)).bytesRead;
      if (bytesRead === 0) return;
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const raw: AsyncIterable<Uint8Array> = path === '-' ? process.stdin : chunksOf(path);
  const chunks = raw[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.value;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  const unpack = decompressor(first.value);
  if (unpack === undefined) yield* all();
  else yield* pipeline(copies(all()), unpack, () => undefined);
}

/** Whoever unpacks may look at a chunk when the next is already being read. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.slice();
}

export interface CallReader {
  /** False for one that does not read the names of ends. */
  readonly readsNames?: boolean;
  /** Takes each call while its bytes are there: what is wanted of it is read now. */
  call(call: Call): void;
  /** Called after each chunk; reading waits for it, and ends early when it answers false. */
  afterChunk?(): Promise<boolean> | boolean;
}

/** Reads the file to its end or to its damage. Throws a Failure when the file cannot be read at all. */
export async function readCapture({ path, keyFile }: CaptureFile, reader: CallReader): Promise<CaptureOutcome> {
  const dissection = new CaptureDissection({
    source: 'file',
    learnsNames: reader.readsNames !== false,
    onCall: (call) => reader.call(call),
  });
  const { counters } = dissection.engine;
  if (keyFile !== undefined) await readKeys(keyFile, dissection.engine.keys);
  const summary = (damage: CaptureOutcome['damage']): CaptureOutcome => {
    return { counters, damage };
  };

  try {
    for await (const chunk of contentOf(path)) {
      const damage = dissection.push(chunk);
      if ((await reader.afterChunk?.()) === false) return summary(undefined);
      if (damage !== undefined) break;
    }
  } catch (error) {
    throw whyNot(path, error);
  }
  const damage = dissection.end();
  await reader.afterChunk?.();
  return summary(damage);
}

/** Says on standard error what the file did not give; true when it is damaged. */
export function reportOutcome(path: string, { damage, counters: { skipped, packets } }: CaptureOutcome): boolean {
  for (const [reason, count] of skipped)
    if (reason.startsWith('link type')) process.stderr.write(`${path}: ${count} frames were not read: ${reason}.\n`);
  if (damage === undefined) return false;
  process.stderr.write(
    `${path}: ${damage.fault} at offset ${damage.offset}; the ${packets} packets before it were read.\n`,
  );
  return true;
}
