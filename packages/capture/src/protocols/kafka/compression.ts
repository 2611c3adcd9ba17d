/** The four codecs of record batches. All of them stop at a limit: a small batch may claim to be anything. */

import { decodeContent } from '../../decode/content.ts';
import { type Inflated, Unlz4Room, unlz4Frame, unlz4Into } from '../../decode/lz4.ts';
import { unsnappy } from '../../decode/snappy.ts';

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

export const codecName = (codec: number): string => codecs[codec] ?? `codec ${codec}`;

/** snappy-java's stream, which is what the Java clients write: magic, version and compatible version, then sized blocks. */
const XERIAL = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0];
const XERIAL_HEADER_BYTES = 16;

/** What was packed, up to `limit` bytes of it; null when it is broken or the codec is unknown. */
export function decompress(packed: Uint8Array, codec: number, limit: number): Inflated | null {
  const name = codecName(codec);
  switch (name) {
    case 'gzip':
    case 'zstd': {
      const { bytes, undone, whole } = decodeContent(packed, [name]);
      if (undone.length === 0) return null;
      return bytes.length <= limit ? { bytes, isWhole: whole } : { bytes: bytes.subarray(0, limit), isWhole: false };
    }
    case 'snappy':
      return XERIAL.every((byte, index) => packed[index] === byte) ? unxerial(packed, limit) : unsnappy(packed, limit);
    case 'lz4':
      return unlz4Frame(packed, limit);
    default:
      return null;
  }
}

/** What was unpacked: the bytes before `length`, until something else is. */
interface Unpacked {
  readonly bytes: Uint8Array;
  readonly length: number;
}

interface PackedRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const LZ4 = codecs.indexOf('lz4');
/** Where LZ4 comes out. */
let lz4Room = new Unlz4Room();
/** Room that stays when what was in it has left: batches of default producers have 16 kB. */
export const MAX_KEPT_ROOM = 256 * 1024;

/** All of what was packed in a part of some bytes; null when it is broken or longer than `limit`. */
export function unpackWhole(packed: PackedRange, codec: number, limit: number): Unpacked | null {
  if (codec === LZ4) {
    if (lz4Room.bytes.length > MAX_KEPT_ROOM) lz4Room = new Unlz4Room();
    return unlz4Into(lz4Room, packed, limit) && !lz4Room.isCut ? lz4Room : null;
  }
  const inflated = decompress(packed.bytes.subarray(packed.start, packed.end), codec, limit);
  return inflated?.isWhole === true ? { bytes: inflated.bytes, length: inflated.bytes.length } : null;
}

function unxerial(packed: Uint8Array, limit: number): Inflated | null {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const blocks: Uint8Array[] = [];
  let room = limit;
  let isWhole = true;
  for (let at = XERIAL_HEADER_BYTES; at + 4 <= packed.length && isWhole; ) {
    const size = view.getInt32(at);
    at += 4;
    if (size < 0 || at + size > packed.length) return null;
    const block = unsnappy(packed.subarray(at, at + size), room);
    if (block === null) return null;
    blocks.push(block.bytes);
    room -= block.bytes.length;
    isWhole = block.isWhole;
    at += size;
  }
  return { bytes: Buffer.concat(blocks), isWhole };
}
