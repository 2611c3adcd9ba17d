/** Messages out of packets. Most are one packet, which is kept as it lies; the parts of others are put together. */

import { Slab } from '../../decode/slab.ts';
import { type Ending, type Kept, type Packet, TAIL_BYTES } from './wire.ts';

/** Copies of parts, of all connections. */
const copies = new Slab();
const nothing = new Uint8Array(0);

/** The messages of one side, one after the other. */
export class Gathering implements Kept, Ending {
  readonly #limit: number;
  /** The message as far as it is kept, once it is whole, until it is dropped: `bytes[start, end)`. */
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;
  isCut = false;
  /** A message has begun and is not whole. */
  isOpen = false;
  /** Of which type its first packet is. */
  type = 0;
  /** The bytes are the packet's own, as they lie. */
  isBorrowed = false;
  #parts: Uint8Array[] = [];
  #kept = 0;
  /** No packet of the message has come. */
  #isFirst = true;
  #tail: Uint8Array = nothing;
  #wholeEnd = 0;

  /** `limit`: bytes kept of a message. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The same as a view, for what is seldom read. */
  get whole(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The last bytes of the message. */
  get tail(): Uint8Array {
    if (!this.isBorrowed) return this.#tail;
    return this.bytes.subarray(Math.max(this.start, this.#wholeEnd - TAIL_BYTES), this.#wholeEnd);
  }

  /** Takes a packet; true when the message is whole with it. */
  add(packet: Packet): boolean {
    const { bytes, start, end, isLast } = packet;
    if (!this.isOpen) this.#begin(packet);
    if (isLast && this.#isFirst) {
      this.isOpen = false;
      this.isBorrowed = true;
      this.bytes = bytes;
      this.start = start;
      this.end = Math.min(end, start + this.#limit);
      this.isCut = end > this.end;
      this.#wholeEnd = end;
      return true;
    }
    this.#isFirst = false;
    this.#part(packet.data);
    if (isLast) this.#join();
    return isLast;
  }

  /** The message has been taken, or what has begun of it is given up. */
  drop(): void {
    this.isOpen = false;
    this.#parts = [];
    this.bytes = nothing;
    this.#tail = nothing;
  }

  #begin({ type }: Packet): void {
    this.isOpen = true;
    this.isBorrowed = false;
    this.isCut = false;
    this.#isFirst = true;
    this.type = type;
    this.#kept = 0;
    this.#tail = nothing;
  }

  #part(data: Uint8Array): void {
    const room = Math.max(0, this.#limit - this.#kept);
    const shown = data.length > room ? data.subarray(0, room) : data;
    if (shown.length < data.length) this.isCut = true;
    if (room > 0) this.#parts.push(copies.keep(shown));
    this.#kept += shown.length;
    this.#tail =
      data.length >= TAIL_BYTES ? data.slice(-TAIL_BYTES) : Buffer.concat([this.#tail, data]).subarray(-TAIL_BYTES);
  }

  #join(): void {
    this.isOpen = false;
    this.bytes = Buffer.concat(this.#parts);
    this.start = 0;
    this.end = this.bytes.length;
    this.#parts = [];
  }
}
