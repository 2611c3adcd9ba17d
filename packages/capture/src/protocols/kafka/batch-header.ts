/** What a record batch says of its records before them, behind its length: see `records.ts`. */

import type { KafkaCursor } from './cursor.ts';

/** From the leader's epoch to the count. */
export const BATCH_HEADER_BYTES = 49;
/** Leader's epoch, magic and checksum. */
const UNREAD_BYTES = 9;

const CODEC_BITS = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** One object for batch after batch. */
export class BatchHeader {
  baseOffset = 0;
  codec = 0;
  isTransactional = false;
  isControl = false;
  lastOffset = 0;
  producerId: number | string = -1;
  producerEpoch = -1;
  baseSequence = -1;
  /** Of its records. */
  count = 0;
  #hasAppendTime = false;
  #baseTimestamp = 0;
  #maxTimestamp = 0;

  read(cursor: KafkaCursor, baseOffset: number): this {
    cursor.skip(UNREAD_BYTES);
    const attributes = cursor.i16();
    this.baseOffset = baseOffset;
    this.codec = attributes & CODEC_BITS;
    this.isTransactional = (attributes & TRANSACTIONAL) !== 0;
    this.isControl = (attributes & CONTROL) !== 0;
    this.#hasAppendTime = (attributes & LOG_APPEND_TIME) !== 0;
    this.lastOffset = baseOffset + cursor.i32();
    this.#baseTimestamp = cursor.i64();
    this.#maxTimestamp = cursor.i64();
    this.producerId = cursor.int64();
    this.producerEpoch = cursor.i16();
    this.baseSequence = cursor.i32();
    this.count = cursor.i32();
    return this;
  }

  /** When a record was made, or came to the broker. `delta`: as it says itself. */
  timestampOf(delta: number): number {
    return this.#hasAppendTime ? this.#maxTimestamp : this.#baseTimestamp + delta;
  }
}
