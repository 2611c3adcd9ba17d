/** Kafka's primitive types: https://kafka.apache.org/protocol#protocol_types */

import { ByteReader } from '../../decode/byte-reader.ts';

/** A varint of 32 bits has at most five bytes, one of 64 bits ten. */
const MAX_VARINT_BYTES = 10;

export class KafkaCursor extends ByteReader {
  /** UNSIGNED_VARINT; exact up to 2^53. */
  uvarint(): number {
    let value = 0;
    let weight = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 128;
    }
    this.fail();
    return 0;
  }

  /** VARINT and VARLONG: zigzag. */
  varint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Marks the walk as short: what was read is not to be believed. */
  fail(): void {
    this.skip(this.left + 1);
  }

  /** INT64 as a number while that is exact, else as text. */
  int64(): number | string {
    const value = this.i64();
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }

  /** Length of a string; -1 for null. */
  stringLength(isCompact: boolean): number {
    return isCompact ? this.uvarint() - 1 : this.i16();
  }

  /** Length of bytes or of a list; -1 for null. */
  length(isCompact: boolean): number {
    return isCompact ? this.uvarint() - 1 : this.i32();
  }

  /** A view of as many bytes as the length says; null for null. */
  sized(length: number): Uint8Array | null {
    return length < 0 ? null : this.view(length);
  }

  /** UUID as Kafka writes it: URL-safe base64 without padding; null for the id of nothing. */
  uuid(): string | null {
    const id = this.view(16);
    return id.every((byte) => byte === 0) ? null : Buffer.from(id).toString('base64url');
  }
}
