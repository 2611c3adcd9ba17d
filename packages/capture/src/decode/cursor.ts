/** Walks over big-endian fields; a read past the end answers zeros and marks the whole walk as failed. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** True when some read went past the end: nothing read since can be trusted. */
  get failed(): boolean {
    return this.#failed;
  }

  /** A view of the next `length` bytes; shorter when there are not so many. */
  take(length: number): Uint8Array {
    if (length > this.left) this.#failed = true;
    const start = this.#at;
    this.#at = Math.min(this.#bytes.length, start + length);
    return this.#bytes.subarray(start, this.#at);
  }

  number(width: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (const octet of this.take(width)) value = value * 256 + octet;
    return value;
  }

  /** Bytes after a length of `width` bytes: a vector of the TLS presentation language (RFC 8446 §3.4). */
  vector(width: 1 | 2 | 3): Uint8Array {
    return this.take(this.number(width));
  }

  /** All numbers of `width` bytes that are left. */
  numbers(width: 1 | 2): number[] {
    const values: number[] = [];
    while (this.left >= width) values.push(this.number(width));
    return values;
  }
}
