/** One binary frame of the agent link: 8 bytes sequence (unsigned, big-endian), then zstd over msgpack of the entries. */

import { promisify } from 'node:util';
import { zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, MAX_FRAME_BYTES } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { Unpackr } from 'msgpackr';
import type { Source } from '../live-bus/source.ts';

const decompress = promisify(zstdDecompress);
const SEQUENCE_BYTES = 8;
/** A usual batch in one or two pieces: each piece is a turn of the event loop, and Node's own 16 kB cost a tenth of the hub. */
const CHUNK_BYTES = 512 * 1024;

export interface Batch {
  readonly sequence: number;
  readonly entries: readonly Entry[];
  /** Entries of the batch that cannot be taken, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  readonly unpackedBytes: number;
}

export type Decoded =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'bad'; readonly sequence: number | undefined; readonly fault: string };

/** A clock that is wrong by more than this would push everything else off the newest page. */
const MAX_AHEAD_MICROS = 3_600_000_000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEnd = (value: unknown) =>
  isObject(value) && typeof value['ip'] === 'string' && typeof value['port'] === 'number';
const isHalf = (value: unknown) => value === null || isObject(value);

/** Why a value is no entry the hub can take; undefined when it is one. */
export function faultOf(value: unknown, nowMicros: number): string | undefined {
  if (!isObject(value)) return 'not an object';
  const { id, timestamp } = value;
  if (typeof id !== 'string' || !/^[1-9]\d{0,19}$/.test(id)) return 'bad id';
  if (typeof timestamp !== 'number' || !(timestamp >= 0)) return 'bad timestamp';
  if (timestamp > nowMicros + MAX_AHEAD_MICROS) return 'from the future';
  if (typeof value['protocol'] !== 'string' || !Array.isArray(value['protocols'])) return 'no protocol';
  if (!isEnd(value['src']) || !isEnd(value['dst'])) return 'no endpoints';
  if (!isHalf(value['request']) || !isHalf(value['response'])) return 'bad message';
  if (!isObject(value['connection']) || !isObject(value['capture'])) return 'no connection';
  if (typeof value['summary'] !== 'string' || typeof value['endpoint'] !== 'string') return 'no summary';
  return undefined;
}

/** Reads a frame that may be hostile: never throws, never unpacks more than the limits say. */
export async function decodeFrame(frame: Uint8Array, nowMicros: number): Promise<Decoded> {
  if (frame.length <= SEQUENCE_BYTES) return { kind: 'bad', sequence: undefined, fault: 'too short' };
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const sequence = Number(view.getBigUint64(0));
  const bad = (fault: string): Decoded => ({ kind: 'bad', sequence, fault });
  if (!Number.isSafeInteger(sequence)) return { kind: 'bad', sequence: undefined, fault: 'bad sequence' };
  if (frame.length > MAX_FRAME_BYTES) return bad('too long');
  let bytes: Uint8Array;
  let values: unknown;
  try {
    bytes = await decompress(frame.subarray(SEQUENCE_BYTES), {
      maxOutputLength: MAX_BATCH_BYTES,
      chunkSize: CHUNK_BYTES,
    });
    values = unpack(bytes);
  } catch (error) {
    return bad(error instanceof Error ? error.message : 'unreadable');
  }
  if (!Array.isArray(values)) return bad('not a list of entries');
  if (values.length > MAX_BATCH_ENTRIES) return bad('too many entries');
  const refused = new Map<string, number>();
  const entries = entriesOf(values, nowMicros, refused);
  return { kind: 'batch', batch: { sequence, entries, refused, unpackedBytes: bytes.length } };
}

/** The entries of a frame that was decoded before, at that time. */
export function frameSource(frame: Uint8Array, { entries, unpackedBytes }: Batch, nowMicros: number): Source {
  return {
    count: entries.length,
    bytes: unpackedBytes,
    entries: () => {
      const values = unpack(zstdDecompressSync(frame.subarray(SEQUENCE_BYTES), { chunkSize: CHUNK_BYTES }));
      return entriesOf(values as readonly unknown[], nowMicros, new Map());
    },
  };
}

const unpack = (bytes: Uint8Array): unknown => new Unpackr({ useRecords: true }).unpack(bytes);

/** Those of the values that are entries; the others are counted by reason. */
function entriesOf(values: readonly unknown[], nowMicros: number, refused: Map<string, number>): readonly Entry[] {
  return values.filter((value): value is Entry => {
    const fault = faultOf(value, nowMicros);
    if (fault !== undefined) refused.set(fault, (refused.get(fault) ?? 0) + 1);
    return fault === undefined;
  });
}
