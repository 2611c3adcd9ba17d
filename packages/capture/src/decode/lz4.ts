/**
 * LZ4: its block format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) and its frame format
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). Checksums are not checked: bytes that were captured
 * whole are shown, and early Kafka clients computed the header's wrongly.
 */

/** What came out; not whole when a limit cut it. */
export interface Inflated {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

const MAGIC = 0x184d2204;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_DICTIONARY = 0x01;
const UNCOMPRESSED = 0x8000_0000;
/** Room made at first, in lengths of what is packed: text is packed to a third or less. */
const FIRST_RATIO = 4;

/** Below this a loop is faster than a view and the call into the engine's copy. */
const LOOP_BYTES = 48;

/** Bytes that grow up to a limit. */
export class Unlz4Room {
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  /** Something did not fit any more. */
  isCut = false;
  #limit = 0;

  /** Begins anew. */
  reset(limit: number, packedLength: number): this {
    this.#limit = limit;
    this.length = 0;
    this.isCut = false;
    const wanted = Math.min(limit, FIRST_RATIO * packedLength);
    if (this.bytes.length < wanted) this.bytes = new Uint8Array(wanted);
    return this;
  }

  /** Makes room for up to `size` more bytes and says for how many there is. */
  #reserve(size: number): number {
    const allowed = Math.min(size, this.#limit - this.length);
    this.isCut ||= allowed < size;
    if (this.length + allowed > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.#limit, Math.max(2 * this.bytes.length, this.length + allowed)));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    return allowed;
  }

  append(from: Uint8Array, start: number, end: number): void {
    const allowed = this.#reserve(end - start);
    const { bytes, length } = this;
    if (allowed > LOOP_BYTES) bytes.set(from.subarray(start, start + allowed), length);
    else for (let i = 0; i < allowed; i++) bytes[length + i] = from[start + i] ?? 0;
    this.length = length + allowed;
  }

  /** Repeats what was written `distance` bytes ago; false when there is nothing so far back. */
  repeat(distance: number, size: number): boolean {
    if (distance === 0 || distance > this.length) return false;
    const end = this.length + this.#reserve(size);
    const { bytes } = this;
    for (let at = this.length; at < end; at++) bytes[at] = bytes[at - distance] ?? 0;
    this.length = end;
    return true;
  }
}

/** Undoes a frame as far as `limit` allows. Null when it is not LZ4. */
export function unlz4Frame(frame: Uint8Array, limit: number): Inflated | null {
  const room = new Unlz4Room();
  if (!unlz4Into(room, { bytes: frame, start: 0, end: frame.length }, limit)) return null;
  return { bytes: room.bytes.subarray(0, room.length), isWhole: !room.isCut };
}

interface Range {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** The same of a part of some bytes, into room that is used again; false when it is not LZ4. */
export function unlz4Into(room: Unlz4Room, { bytes, start, end }: Range, limit: number): boolean {
  if (end - start < 7 || word(bytes, start) !== MAGIC) return false;
  const flags = bytes[start + 4] ?? 0;
  let at = start + 6 + (flags & FLAG_CONTENT_SIZE ? 8 : 0) + (flags & FLAG_DICTIONARY ? 4 : 0) + 1;
  room.reset(limit, end - start);
  while (!room.isCut) {
    if (at + 4 > end) return false;
    const head = word(bytes, at);
    at += 4;
    if (head === 0) break;
    const blockEnd = at + (head & ~UNCOMPRESSED);
    if (blockEnd > end) return false;
    if (head >= UNCOMPRESSED) room.append(bytes, at, blockEnd);
    else if (!appendBlock(bytes, at, blockEnd, room)) return false;
    at = blockEnd + (flags & FLAG_BLOCK_CHECKSUM ? 4 : 0);
  }
  return true;
}

/** Undoes one block that stands alone, up to `limit` bytes. Null when it is not LZ4. */
export function unlz4Block(block: Uint8Array, limit: number): Inflated | null {
  const out = new Unlz4Room().reset(limit, block.length);
  if (!appendBlock(block, 0, block.length, out)) return null;
  return { bytes: out.bytes.subarray(0, out.length), isWhole: !out.isCut };
}

/** Little endian, without a sign. */
const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;

function appendBlock(block: Uint8Array, start: number, end: number, out: Unlz4Room): boolean {
  let at = start;
  while (at < end && !out.isCut) {
    const token = block[at++] ?? 0;
    // A length of 15 goes on in further bytes while they are 255.
    let literals = token >> 4;
    for (let more = literals === 15; more; ) {
      const byte = at < end ? (block[at++] ?? 0) : 0;
      literals += byte;
      more = byte === 255;
    }
    if (at + literals > end) return false;
    out.append(block, at, at + literals);
    at += literals;
    // The last sequence has literals only.
    if (at >= end) return true;
    const distance = (block[at] ?? 0) | ((at + 1 < end ? (block[at + 1] ?? 0) : 0) << 8);
    at += 2;
    let size = token & 15;
    for (let more = size === 15; more; ) {
      const byte = at < end ? (block[at++] ?? 0) : 0;
      size += byte;
      more = byte === 255;
    }
    if (!out.repeat(distance, size + 4)) return false;
  }
  return true;
}
