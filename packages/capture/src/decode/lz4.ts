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

/** Bytes that grow up to a limit. */
class Output {
  bytes: Uint8Array;
  length = 0;
  /** Something did not fit any more. */
  isCut = false;
  readonly #limit: number;

  constructor(limit: number, packedLength: number) {
    this.#limit = limit;
    this.bytes = new Uint8Array(Math.min(limit, FIRST_RATIO * packedLength));
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

  append(bytes: Uint8Array): void {
    const allowed = this.#reserve(bytes.length);
    this.bytes.set(bytes.subarray(0, allowed), this.length);
    this.length += allowed;
  }

  /** Repeats what was written `distance` bytes ago; false when there is nothing so far back. */
  repeat(distance: number, size: number): boolean {
    if (distance === 0 || distance > this.length) return false;
    const end = this.length + this.#reserve(size);
    for (; this.length < end; this.length++) this.bytes[this.length] = this.bytes[this.length - distance] ?? 0;
    return true;
  }
}

/** Undoes a frame as far as `limit` allows. Null when it is not LZ4. */
export function unlz4Frame(frame: Uint8Array, limit: number): Inflated | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) return null;
  const flags = frame[4] ?? 0;
  let at = 6 + (flags & FLAG_CONTENT_SIZE ? 8 : 0) + (flags & FLAG_DICTIONARY ? 4 : 0) + 1;
  const out = new Output(limit, frame.length);
  while (!out.isCut) {
    if (at + 4 > frame.length) return null;
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) break;
    const end = at + (head & ~UNCOMPRESSED);
    if (end > frame.length) return null;
    const block = frame.subarray(at, end);
    if (head >= UNCOMPRESSED) out.append(block);
    else if (!appendBlock(block, out)) return null;
    at = end + (flags & FLAG_BLOCK_CHECKSUM ? 4 : 0);
  }
  return { bytes: out.bytes.subarray(0, out.length), isWhole: !out.isCut };
}

/** Undoes one block that stands alone, up to `limit` bytes. Null when it is not LZ4. */
export function unlz4Block(block: Uint8Array, limit: number): Inflated | null {
  const out = new Output(limit, block.length);
  if (!appendBlock(block, out)) return null;
  return { bytes: out.bytes.subarray(0, out.length), isWhole: !out.isCut };
}

function appendBlock(block: Uint8Array, out: Output): boolean {
  let at = 0;
  /** A length that goes on in further bytes while they are 255. */
  const longer = (length: number): number => {
    let total = length;
    if (length === 15) {
      let byte: number;
      do {
        byte = block[at++] ?? 0;
        total += byte;
      } while (byte === 255);
    }
    return total;
  };
  while (at < block.length && !out.isCut) {
    const token = block[at++] ?? 0;
    const literals = longer(token >> 4);
    if (at + literals > block.length) return false;
    out.append(block.subarray(at, at + literals));
    at += literals;
    // The last sequence has literals only.
    if (at >= block.length) return true;
    const distance = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    if (!out.repeat(distance, longer(token & 15) + 4)) return false;
  }
  return true;
}
