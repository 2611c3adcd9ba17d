/** The records of one half of a call, bounded in number, in bytes kept and in bytes unpacked. */

import type { JsonObject } from '@kubeshark/model';
import { printable } from '../../decode/printable.ts';
import { traceIdOf } from '../../decode/trace.ts';
import { codecName, decompress } from './compression.ts';

/** Records shown one by one of each half; the rest is counted. */
export const MAX_RECORDS = 500;
/** Batches listed of each half: as many partitions as a consumer has, at one or two each. */
export const MAX_BATCHES = 100;
/** Bytes unpacked for one half of a call; the records shown are nearly always the first of them. */
export const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;
/** The largest and smallest time a Date can say. */
const MAX_DATE_MILLIS = 8.64e15;

/** Where records belong. */
export interface Place {
  readonly topic: string | undefined;
  readonly partition: number | undefined;
}

interface KafkaRecord {
  readonly place: Place;
  readonly offset: number;
  readonly timestamp: number | undefined;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: JsonObject | undefined;
}

export class RecordList {
  readonly records: JsonObject[] = [];
  readonly batches: JsonObject[] = [];
  readonly keys: string[] = [];
  readonly values: string[] = [];
  readonly faults: string[] = [];
  /** Offset after the last record, by topic and partition. */
  readonly ends = new Map<string, number>();
  /** Records there are, shown or not; control records are none. */
  count = 0;
  isTruncated = false;
  #traceId: string | undefined;
  #hasOtherTraces = false;
  #room: number;
  #unpackable = MAX_UNPACKED_BYTES;
  readonly #baseOffsetOf: ((place: Place) => number | undefined) | undefined;

  /** `baseOffsetOf`: offsets the broker gave to what a producer sent with offsets from 0. */
  constructor(maxBytes: number, baseOffsetOf?: (place: Place) => number | undefined) {
    this.#room = maxBytes;
    this.#baseOffsetOf = baseOffsetOf;
  }

  get isFull(): boolean {
    return this.records.length >= MAX_RECORDS || this.#room <= 0;
  }

  /** The trace that all records with a trace are of; undefined when they are of several. */
  get traceId(): string | undefined {
    return this.#hasOtherTraces ? undefined : this.#traceId;
  }

  fault(text: string): void {
    if (!this.faults.includes(text) && this.faults.length < 8) this.faults.push(text);
  }

  /** What is left of a batch cannot be read; without a text that was to be expected. */
  cut(text: string | undefined): void {
    if (text === undefined) this.isTruncated = true;
    else this.fault(text);
  }

  batch(place: Place, lastOffset: number, count: number, facts: JsonObject | undefined): void {
    this.count += count;
    this.ends.set(`${place.topic} ${place.partition}`, lastOffset + 1);
    if (this.isFull && count > 0) this.isTruncated = true;
    if (facts === undefined) return;
    if (this.batches.length < MAX_BATCHES) this.batches.push({ ...place, ...facts });
    else this.isTruncated = true;
  }

  /** The unpacked bytes; undefined, with a fault, when they cannot be had. */
  inflate(packed: Uint8Array, codec: number): Uint8Array | undefined {
    const unpacked = decompress(packed, codec, this.#unpackable);
    if (unpacked === null) {
      this.fault(`${codecName(codec)}: broken data`);
      return undefined;
    }
    this.#unpackable -= unpacked.bytes.length;
    if (!unpacked.isWhole) this.isTruncated = true;
    return unpacked.bytes;
  }

  control(place: Place, offset: number, type: string): void {
    this.records.push({ ...place, offset, control: type });
  }

  record({ place, offset, timestamp, key, value, headers }: KafkaRecord): void {
    if (this.isFull) {
      this.isTruncated = true;
      return;
    }
    const base = this.#baseOffsetOf === undefined ? 0 : this.#baseOffsetOf(place);
    if (headers !== undefined) this.#trace(headers);
    const keyText = this.#keep(key);
    const valueText = this.#keep(value);
    if (keyText !== null) this.keys.push(keyText);
    if (valueText !== null) this.values.push(valueText);
    this.records.push({
      ...place,
      ...(base !== undefined && { offset: base + offset }),
      ...(timestamp !== undefined && { timestamp: timeText(timestamp) }),
      key: keyText,
      value: valueText,
      ...(headers !== undefined && { headers }),
    });
  }

  #trace(headers: JsonObject): void {
    const id = traceOf(headers);
    if (id === undefined) return;
    this.#traceId ??= id;
    this.#hasOtherTraces ||= this.#traceId !== id;
  }

  #keep(bytes: Uint8Array | null): string | null {
    if (bytes === null) return null;
    const kept = bytes.length > this.#room ? bytes.subarray(0, Math.max(0, this.#room)) : bytes;
    if (kept.length < bytes.length) this.isTruncated = true;
    this.#room -= kept.length;
    return printable(kept);
  }
}

export const timeText = (millis: number): string | number =>
  Math.abs(millis) <= MAX_DATE_MILLIS ? new Date(millis).toISOString() : millis;

/** The trace that headers of a record are of. */
export const traceOf = (headers: JsonObject): string | undefined =>
  traceIdOf({
    first: (name) => {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return typeof value === 'string' ? value : undefined;
    },
  });
