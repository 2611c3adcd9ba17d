/**
 * MessagePack into one buffer (https://github.com/msgpack/msgpack/blob/master/spec.md), with the records of msgpackr: the keys of an
 * object are told once in a batch, and each object with the same keys is one byte and its values
 * (https://github.com/kriszyp/msgpackr#record-extension-details).
 */

import type { Shape } from './shapes.ts';

const FIRST_CAPACITY = 256 * 1024;
/** Most batches; what a large one needed once is not kept for good. */
const MOST_SPARED = 1024 * 1024;

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const UINT_16 = 0xcd;
const UINT_32 = 0xce;
const FIX_EXT_1 = 0xd4;
const STR_8 = 0xd9;
const STR_16 = 0xda;
const STR_32 = 0xdb;
const ARRAY_32 = 0xdd;
const FIX_ARRAY = 0x90;
const MAX_FIX_ARRAY = 15;
const FIX_STR = 0xa0;
/** Type of the extension that tells the keys of a record: `r`. */
const RECORD = 0x72;
/** One byte stands for a record, so that small numbers end where these begin. */
const FIRST_RECORD = 0x40;
/** Tells its keys each time: what it stands for is never remembered. */
const LAST_RECORD = 0x7f;
/** Copying fewer bytes one by one is faster than a call. */
const SHORT = 64;

const double = new Float64Array(1);
const octets = new Uint8Array(double.buffer);

export class PackWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #spare: Buffer | undefined;
  length = 0;
  #nextRecord = FIRST_RECORD;
  /** Rises when what records stand for is forgotten. */
  #era = 1;

  /** What was written; the next batch begins, in another buffer. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.length);
    this.#bytes = this.#spare ?? Buffer.allocUnsafeSlow(FIRST_CAPACITY);
    this.#spare = undefined;
    this.truncate(0);
    return taken;
  }

  /** What was taken is not needed any more: its memory serves again, which costs less than new memory does. */
  giveBack(taken: Uint8Array): void {
    if (taken.buffer.byteLength <= MOST_SPARED) this.#spare = Buffer.from(taken.buffer);
  }

  /** Takes back what was written behind `length`, which must not be inside a record. */
  truncate(length: number): void {
    this.length = length;
    this.#era++;
    this.#nextRecord = FIRST_RECORD;
  }

  nil(): void {
    this.#byte(NIL);
  }

  boolean(value: boolean): void {
    this.#byte(value ? TRUE : FALSE);
  }

  number(value: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) {
      if (value < FIRST_RECORD) bytes[this.length++] = value;
      else if (value <= 0xff) {
        bytes[this.length++] = UINT_8;
        bytes[this.length++] = value;
      } else if (value <= 0xffff) this.#uint16(UINT_16, value);
      else this.#uint32(UINT_32, value);
      return;
    }
    double[0] = value;
    bytes[this.length++] = FLOAT_64;
    for (let i = 7; i >= 0; i--) bytes[this.length++] = octets[i] ?? 0;
  }

  /** A string of bytes that are UTF-8. */
  utf8(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.beginString(length);
    if (length > SHORT) this.#bytes.set(from.subarray(start, end), this.length);
    else {
      const bytes = this.#bytes;
      for (let i = 0, at = this.length; i < length; i++) bytes[at + i] = from[start + i] ?? 0;
    }
    this.length += length;
  }

  string(text: string): void {
    const most = text.length * 3;
    const head = this.length;
    this.beginString(most);
    const written = this.#bytes.write(text, this.length, 'utf8');
    this.length += written;
    this.endString(head, most, written);
  }

  /** Room for a string of `most` bytes at most, and its head; what is written into `room` is told to `endString`. */
  beginString(most: number): void {
    this.#reserve(most + 5);
    if (most < 32) this.#bytes[this.length++] = FIX_STR | most;
    else if (most <= 0xff) {
      this.#bytes[this.length++] = STR_8;
      this.#bytes[this.length++] = most;
    } else if (most <= 0xffff) this.#uint16(STR_16, most);
    else this.#uint32(STR_32, most);
  }

  /** The string whose head is at `head`, made for `most` bytes, has so many. */
  endString(head: number, most: number, length: number): void {
    const end = this.length;
    this.length = head;
    if (most < 32) this.#bytes[head] = FIX_STR | length;
    else if (most <= 0xff) this.#bytes[head + 1] = length;
    else if (most <= 0xffff) this.#uint16(STR_16, length);
    else this.#uint32(STR_32, length);
    this.length = end;
  }

  /** What `beginString` made room in; valid until the next write. */
  get room(): Uint8Array {
    return this.#bytes;
  }

  /** Begins a list, whose length `endArray` tells; answers what that wants. */
  beginArray(): number {
    const head = this.length;
    this.#byte(FIX_ARRAY);
    return head;
  }

  endArray(head: number, count: number): void {
    if (count <= MAX_FIX_ARRAY) {
      this.#bytes[head] = FIX_ARRAY | count;
      return;
    }
    this.#insert(head + 1, 4);
    const end = this.length;
    this.length = head;
    this.#uint32(ARRAY_32, count);
    this.length = end;
  }

  /** Begins a record: its values follow. */
  beginRecord(): number {
    const head = this.length;
    this.#byte(0);
    return head;
  }

  /** The record begun at `head` has this shape. A reader has to know it before: where it does not, it is told here. */
  endRecord(head: number, shape: Shape): void {
    if (shape.era === this.#era && shape.toldAt < head) {
      this.#bytes[head] = shape.record;
      return;
    }
    const isNew = shape.era !== this.#era;
    const isRemembered = !isNew || this.#nextRecord < LAST_RECORD;
    const record = !isNew ? shape.record : isRemembered ? this.#nextRecord++ : LAST_RECORD;
    const { keys } = shape;
    // The record's own byte is the last of three.
    this.#insert(head + 1, 2 + keys.length);
    this.#bytes[head] = FIX_EXT_1;
    this.#bytes[head + 1] = RECORD;
    this.#bytes[head + 2] = record;
    this.#bytes.set(keys, head + 3);
    if (!isRemembered) return;
    shape.era = this.#era;
    shape.record = record;
    shape.toldAt = head;
  }

  /** Room for bytes before those that stand at `at`. */
  #insert(at: number, count: number): void {
    this.#reserve(count);
    this.#bytes.copyWithin(at + count, at, this.length);
    this.length += count;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = byte;
  }

  #uint16(type: number, value: number): void {
    const bytes = this.#bytes;
    bytes[this.length++] = type;
    bytes[this.length++] = value >>> 8;
    bytes[this.length++] = value;
  }

  #uint32(type: number, value: number): void {
    const bytes = this.#bytes;
    bytes[this.length++] = type;
    bytes[this.length++] = value >>> 24;
    bytes[this.length++] = value >>> 16;
    bytes[this.length++] = value >>> 8;
    bytes[this.length++] = value;
  }

  #reserve(length: number): void {
    if (this.length + length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.length + length));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }
}
