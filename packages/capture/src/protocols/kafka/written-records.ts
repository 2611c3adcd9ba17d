/** Records as JSON straight from their bytes: batches of the format since Kafka 0.11, whole. Others refuse. */

import { JsonWriter, piece } from '../../json/json-writer.ts';
import { BATCH_HEADER_BYTES, BatchHeader } from './batch-header.ts';
import { codecName, unpackWhole } from './compression.ts';
import { KafkaCursor } from './cursor.ts';
import { type Name, writePrintable } from './names.ts';
import { placePieces, producerPiece } from './place-pieces.ts';
import { empty, Places } from './places.ts';
import { MAX_BATCHES, MAX_RECORDS, MAX_UNPACKED_BYTES, timeText, traceOf } from './record-list.ts';
import { HEAD_BYTES, readHeaders } from './records.ts';
import { writeTimestamp } from './written-time.ts';

const NOTHING = new Uint8Array(0);
const NO_JSON = new JsonWriter();
const RECORDS_KEY = piece(',"records":[');
const BATCHES_KEY = piece(',"batches":[');
const BATCHES_AFTER_RECORDS = piece('],"batches":[');
const TIMESTAMP = piece(',"timestamp":');
const KEY_AFTER_TIME = piece('Z","key":');
const KEY = piece(',"key":');
const VALUE = piece(',"value":');
const HEADERS = piece(',"headers":');
const RECORDS = piece(',"records":');
/** By codec, as many as there may be. */
const compressionPieces = Array.from({ length: 8 }, (_, codec) =>
  piece(codec === 0 ? '' : `,"compression":${JSON.stringify(codecName(codec))}`),
);
const IS_TRANSACTIONAL = piece(',"isTransactional":true');

/** What a partition was sent. */
interface Section {
  readonly start: number;
  readonly end: number;
  readonly topic: Name;
  readonly partition: number;
}

export class WrittenRecords {
  /** Where keys and values stand: where each begins and ends, in turns. */
  readonly keys: number[] = [];
  readonly values: number[] = [];
  /** Offset after the last record. */
  readonly ends = new Places();
  /** Records there are. */
  count = 0;
  batchCount = 0;
  #json = NO_JSON;
  /** Batches but for the last, which stand behind all records. */
  readonly #batches = new JsonWriter();
  readonly #sections: Section[] = [];
  #shown = 0;
  #room = 0;
  #unpackable = 0;
  #assigned: Places | null = null;
  #traceId: string | undefined;
  #hasOtherTraces = false;
  /**
   * Of the batch that was read last: its header, what it and what its records begin with, and the offset the first of them has, null
   * when nobody knows.
   */
  readonly #header = new BatchHeader();
  #batchOpening: Uint8Array = NOTHING;
  #opening: Uint8Array = NOTHING;
  #firstOffset: number | null = null;
  readonly #batch = new KafkaCursor(NOTHING);
  readonly #record = new KafkaCursor(NOTHING);

  reset(limit: number, assigned: Places | null): void {
    empty(this.keys);
    empty(this.values);
    empty(this.#sections);
    this.ends.clear();
    this.#batches.length = 0;
    this.count = 0;
    this.batchCount = 0;
    this.#shown = 0;
    this.#room = limit;
    this.#unpackable = MAX_UNPACKED_BYTES;
    this.#assigned = assigned;
    this.#traceId = undefined;
    this.#hasOtherTraces = false;
  }

  /** The trace that all records with a trace are of; undefined when they are of several. */
  get traceId(): string | undefined {
    return this.#hasOtherTraces ? undefined : this.#traceId;
  }

  /** Takes what a partition was sent, for `write`. */
  add(section: Section): void {
    this.#sections.push(section);
  }

  /** Writes the records of all partitions, and their batches. */
  write(json: JsonWriter, bytes: Uint8Array): void {
    const sections = this.#sections;
    if (sections.length === 0) return;
    this.#json = json;
    const start = json.length;
    json.copyOf(RECORDS_KEY);
    for (let i = 0; i < sections.length && !json.isRefused; i++) this.#readSection(bytes, sections[i]);
    if (this.batchCount === 0) {
      // Records are of batches.
      json.length = start;
      return;
    }
    if (this.#shown === 0) json.length = start;
    json.copyOf(this.#shown === 0 ? BATCHES_KEY : BATCHES_AFTER_RECORDS);
    if (this.batchCount > 1) json.copyFrom(this.#batches);
    this.#writeBatch(json);
    json.raw(']');
  }

  #readSection(bytes: Uint8Array, section: Section | undefined): void {
    if (section === undefined) return;
    const cursor = this.#batch;
    const { start, end } = section;
    for (let at = start; end - at > HEAD_BYTES + 4; ) {
      cursor.reset(bytes, at, end);
      const offset = cursor.i64();
      const length = cursor.i32();
      const begin = cursor.at;
      at = begin + length;
      if (length < BATCH_HEADER_BYTES || at > end || bytes[begin + 4] !== 2) return this.#refuse();
      this.#readBatch(cursor.reset(bytes, begin, at), section, offset);
      if (this.#json.isRefused) return;
    }
  }

  #refuse(): void {
    this.#json.isRefused = true;
  }

  #readBatch(cursor: KafkaCursor, { topic, partition }: Section, baseOffset: number): void {
    if (this.batchCount > 0) {
      this.#writeBatch(this.#batches);
      this.#batches.raw(',');
    }
    const header = this.#header.read(cursor, baseOffset);
    const { codec, count, isControl, producerId } = header;
    const isUsual = count >= 0 && !isControl && this.#shown + count <= MAX_RECORDS;
    if (!isUsual || typeof producerId !== 'number' || this.batchCount >= MAX_BATCHES) return this.#refuse();
    this.count += count;
    this.batchCount++;
    this.ends.set(topic.text, partition, header.lastOffset + 1);
    const place = placePieces(topic, partition);
    this.#batchOpening = place.batch;
    // What is added to a record's own number; nothing is when nobody knows.
    const shift = this.#assigned === null ? 0 : this.#assigned.get(topic.text, partition);
    this.#opening = shift === undefined ? place.recordWithout : place.record;
    this.#firstOffset = shift === undefined ? null : shift + baseOffset;
    const records = this.#unpacked(cursor, codec);
    if (records !== null) this.#readRecords(records, count);
  }

  /** The batch that was read last. */
  #writeBatch(json: JsonWriter): void {
    const { codec, baseOffset, count, producerId, producerEpoch, baseSequence, isTransactional } = this.#header;
    json.copyOf(this.#batchOpening);
    json.number(baseOffset);
    json.copyOf(RECORDS);
    json.number(count);
    if (codec !== 0) json.copyOf(compressionPieces[codec] ?? NOTHING);
    if (typeof producerId === 'number' && producerId !== -1) {
      json.copyOf(producerPiece(producerId, producerEpoch));
      json.number(baseSequence);
    }
    if (isTransactional) json.copyOf(IS_TRANSACTIONAL);
    json.raw('}');
  }

  /** The records of a batch, in `#record`; null when they cannot be had. */
  #unpacked(cursor: KafkaCursor, codec: number): KafkaCursor | null {
    const { bytes, at, left } = cursor;
    if (codec === 0) return this.#record.reset(bytes, at, at + left);
    const unpacked = unpackWhole({ bytes, start: at, end: at + left }, codec, this.#unpackable);
    if (unpacked === null) {
      this.#refuse();
      return null;
    }
    this.#unpackable -= unpacked.length;
    return this.#record.reset(unpacked.bytes, 0, unpacked.length);
  }

  /** One cursor walks over all of them: each says how long it is, and must be as long. */
  #readRecords(cursor: KafkaCursor, count: number): void {
    for (let left = count; left > 0 && cursor.left > 0; left--) {
      const length = cursor.varint();
      const end = cursor.at + length;
      if (length < 0 || length > cursor.left || this.#room <= 0) return this.#refuse();
      this.#readRecord(cursor, end);
      if (this.#json.isRefused) return;
    }
  }

  #readRecord(cursor: KafkaCursor, end: number): void {
    const json = this.#json;
    const firstOffset = this.#firstOffset;
    if (this.#shown++ > 0) json.raw(',');
    cursor.skip(1);
    const timestamp = this.#header.timestampOf(cursor.varint());
    const delta = cursor.varint();
    json.copyOf(this.#opening);
    if (firstOffset !== null) json.number(firstOffset + delta);
    if (writeTimestamp(json, timestamp)) json.copyOf(KEY_AFTER_TIME);
    else {
      json.copyOf(TIMESTAMP);
      json.value(timeText(timestamp));
      json.copyOf(KEY);
    }
    this.#text(cursor, this.keys);
    json.copyOf(VALUE);
    this.#text(cursor, this.values);
    const headers = readHeaders(cursor);
    if (headers !== undefined) {
      json.copyOf(HEADERS);
      json.value(headers);
      const id = traceOf(headers);
      this.#hasOtherTraces ||= id !== undefined && this.#traceId !== undefined && id !== this.#traceId;
      this.#traceId ??= id;
    }
    json.raw('}');
    if (cursor.isShort || cursor.at !== end) this.#refuse();
  }

  /** A key or a value; where it stands is added to `ranges`. */
  #text(cursor: KafkaCursor, ranges: number[]): void {
    const json = this.#json;
    const length = cursor.varint();
    if (length < 0) return json.raw('null');
    const { bytes, at } = cursor;
    cursor.skip(length);
    if (cursor.isShort || length > this.#room) return this.#refuse();
    this.#room -= length;
    const start = json.length;
    writePrintable(json, bytes, at, at + length);
    ranges.push(start, json.length);
  }
}
