/** A capture file as calls: pcap or pcapng, also compressed with gzip or zstd, also from standard input. */

import { createReadStream } from 'node:fs';
import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Call, CaptureReader, createEngine, dissectors, PacketDecoder } from '@kubeshark/capture';
import { Failure } from './failure.ts';

const CHUNK_BYTES = 1024 * 1024;
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

export interface CaptureSummary {
  readonly packets: number;
  readonly calls: number;
  /** Frames that were not read, by reason. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Set when the file is damaged; everything before `offset` was read. */
  readonly damage: { readonly fault: string; readonly offset: number } | undefined;
}

function decompressor(first: Uint8Array): Transform | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return createGunzip({ chunkSize: CHUNK_BYTES });
  const isZstd = first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd;
  return isZstd ? createZstdDecompress({ chunkSize: CHUNK_BYTES }) : undefined;
}

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const raw = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const first = await chunks.next();
  if (first.done === true) return;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.value;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  const unpack = decompressor(first.value);
  if (unpack === undefined) yield* all();
  else yield* pipeline(all(), unpack, () => undefined);
}

/**
 * Reads the file to its end or to its damage. `onCalls` gets the calls of each chunk; reading waits for it, and ends early
 * when it answers false. Throws a Failure when the file cannot be read at all.
 */
export async function readCapture(
  path: string,
  onCalls: (calls: readonly Call[]) => Promise<boolean> | boolean,
): Promise<CaptureSummary> {
  let calls: Call[] = [];
  const engine = createEngine({ dissectors, source: 'file', onCall: (call) => calls.push(call) });
  const decoder = new PacketDecoder(engine);
  const reader = new CaptureReader(decoder);
  const handOn = (): Promise<boolean> | boolean => {
    const batch = calls;
    calls = [];
    return batch.length === 0 || onCalls(batch);
  };
  const summary = (damage: CaptureSummary['damage']): CaptureSummary => {
    const { packets, calls: count, skipped } = engine.counters;
    return { packets, calls: count, skipped, damage };
  };

  try {
    for await (const chunk of contentOf(path)) {
      const damage = reader.push(chunk);
      if (!(await handOn())) return summary(undefined);
      if (damage !== undefined) break;
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Failure('trouble', `Cannot read ${path}: ${reasons[code] ?? message}.`, { cause: error });
  }
  const damage = reader.end();
  engine.end();
  await handOn();
  return summary(damage);
}

/** Says on standard error what the file did not give; true when it is damaged. */
export function reportSummary(path: string, { damage, skipped, packets }: CaptureSummary): boolean {
  for (const [reason, count] of skipped)
    if (reason.startsWith('link type')) process.stderr.write(`${path}: ${count} frames were not read: ${reason}.\n`);
  if (damage === undefined) return false;
  process.stderr.write(
    `${path}: ${damage.fault} at offset ${damage.offset}; the ${packets} packets before it were read.\n`,
  );
  return true;
}
