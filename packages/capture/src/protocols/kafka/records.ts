/**
 * Records as producers write them and consumers get them: https://kafka.apache.org/documentation/#messageformat
 *
 *   baseOffset i64 │ batchLength i32 │ leaderEpoch i32 │ magic i8 = 2 │ crc u32 │ attributes i16 │ lastOffsetDelta i32
 *   │ baseTimestamp i64 │ maxTimestamp i64 │ producerId i64 │ producerEpoch i16 │ baseSequence i32 │ count i32 │ records
 *
 * Before Kafka 0.11 (magic 0 and 1) every message stood by itself, and a compressed one carried a set of messages:
 *
 *   offset i64 │ size i32 │ crc u32 │ magic i8 │ attributes i8 │ timestamp i64 (magic 1) │ key │ value
 */

import type { JsonObject } from '@kubeshark/model';
import { printable } from '../../decode/printable.ts';
import { BATCH_HEADER_BYTES, BatchHeader } from './batch-header.ts';
import { codecName } from './compression.ts';
import { KafkaCursor } from './cursor.ts';
import type { Place, RecordList } from './record-list.ts';

/** Offset and length stand before what the length counts. */
export const HEAD_BYTES = 12;
/** Headers of a record that are shown; tracing and schema libraries add a handful. */
export const MAX_HEADERS = 64;

/** Of a message's attributes. */
const CODEC_BITS = 0x07;

const controlTypes = [
  'ABORT',
  'COMMIT',
  'LEADER_CHANGE',
  'SNAPSHOT_HEADER',
  'SNAPSHOT_FOOTER',
  'KRAFT_VERSION',
  'VOTERS',
];

/** Reads the batches or messages of one partition; a last one that is cut off is what brokers send. */
export function readRecords(bytes: Uint8Array, place: Place, list: RecordList): void {
  const cursor = new KafkaCursor(bytes);
  while (cursor.left > HEAD_BYTES + 4) {
    const offset = cursor.i64();
    const length = cursor.i32();
    const isCut = length > cursor.left;
    if (length < 0) return list.fault('negative length of a batch');
    const start = cursor.at;
    const body = new KafkaCursor(bytes, start, start + length);
    const magic = bytes[start + 4] ?? 0;
    if (magic === 2) {
      if (isCut && cursor.left < BATCH_HEADER_BYTES) return;
      readBatch(body, offset, { place, list, isCut });
    } else if (magic > 2) return list.fault(`records of an unknown format ${magic}`);
    else if (isCut) return;
    else readMessage(body, { place, list, depth: 0 }, offset);
    if (isCut) return;
    cursor.skip(length);
  }
}

interface BatchContext {
  readonly place: Place;
  readonly list: RecordList;
  readonly isCut: boolean;
}

function readBatch(cursor: KafkaCursor, baseOffset: number, { place, list, isCut }: BatchContext): void {
  const header = new BatchHeader().read(cursor, baseOffset);
  const { codec, isControl, isTransactional, lastOffset, count, producerId, producerEpoch, baseSequence } = header;
  if (cursor.isShort || count < 0) return list.fault('a batch without its header');
  list.batch(place, lastOffset, isControl ? 0 : count, {
    baseOffset,
    records: count,
    ...(codec !== 0 && { compression: codecName(codec) }),
    ...(producerId !== -1 && { producerId, producerEpoch, baseSequence }),
    ...(isTransactional && { isTransactional: true }),
    ...(isControl && { isControl: true }),
  });
  if (list.isFull) return;
  const packed = cursor.rest();
  const records = codec === 0 ? packed : isCut ? undefined : list.inflate(packed, codec);
  if (records === undefined) return;
  const inside = new KafkaCursor(records);
  for (let left = count; left > 0 && inside.left > 0 && !list.isFull; left--) {
    const length = inside.varint();
    if (length < 0 || length > inside.left) return list.cut(isCut ? undefined : 'a record longer than its batch');
    const record = new KafkaCursor(records, inside.at, inside.at + length);
    inside.skip(length);
    record.skip(1);
    const timestamp = header.timestampOf(record.varint());
    const offset = baseOffset + record.varint();
    const key = record.sized(record.varint());
    const value = record.sized(record.varint());
    const headers = readHeaders(record);
    if (record.isShort) return list.cut('a record shorter than its fields');
    if (isControl) list.control(place, offset, controlTypes[((key?.[2] ?? 0) << 8) | (key?.[3] ?? 0)] ?? 'unknown');
    else list.record({ place, offset, timestamp, key, value, headers });
  }
}

export function readHeaders(record: KafkaCursor): JsonObject | undefined {
  const count = record.varint();
  if (count <= 0 || count > record.left) {
    if (count !== 0) record.fail();
    return undefined;
  }
  const headers = new Map<string, string | null>();
  for (let left = count; left > 0 && !record.isShort; left--) {
    const name = printable(record.view(record.varint()));
    const value = record.sized(record.varint());
    if (headers.size < MAX_HEADERS) headers.set(name, value === null ? null : printable(value));
  }
  return Object.fromEntries(headers);
}

interface MessageContext {
  readonly place: Place;
  readonly list: RecordList;
  readonly depth: number;
}

/** Messages inside a compressed one, as far as there are some. */
interface Inner {
  readonly cursor: KafkaCursor;
  readonly offset: number;
}

function readMessage(cursor: KafkaCursor, { place, list, depth }: MessageContext, offset: number): void {
  cursor.skip(4);
  const magic = cursor.u8();
  const attributes = cursor.u8();
  const timestamp = magic === 1 ? cursor.i64() : undefined;
  const key = cursor.sized(cursor.i32());
  const value = cursor.sized(cursor.i32());
  if (cursor.isShort) return list.cut('a message shorter than its fields');
  const codec = attributes & CODEC_BITS;
  if (codec === 0 || value === null) {
    if (depth === 0) list.batch(place, offset, 1, undefined);
    list.record({ place, offset, timestamp, key, value, headers: undefined });
    return;
  }
  // Only messages that are not compressed may be inside.
  if (depth > 0) return list.fault('a compressed message inside another');
  const records = list.inflate(value, codec);
  const inner = records === undefined ? [] : innerMessages(records);
  list.batch(place, offset, inner.length, { baseOffset: offset, records: inner.length, compression: codecName(codec) });
  // Of magic 1 the inner offsets count from 0, and the outer one is that of the last.
  const last = inner.at(-1)?.offset ?? 0;
  for (const one of inner) {
    if (list.isFull) return;
    readMessage(one.cursor, { place, list, depth: 1 }, magic === 1 ? offset - last + one.offset : one.offset);
  }
}

function innerMessages(bytes: Uint8Array): readonly Inner[] {
  const cursor = new KafkaCursor(bytes);
  const messages: Inner[] = [];
  while (cursor.left > HEAD_BYTES) {
    const offset = cursor.i64();
    const length = cursor.i32();
    if (length < 0 || length > cursor.left) break;
    messages.push({ cursor: new KafkaCursor(bytes, cursor.at, cursor.at + length), offset });
    cursor.skip(length);
  }
  return messages;
}
