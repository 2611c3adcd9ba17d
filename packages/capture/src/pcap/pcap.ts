/** The classic format: draft-ietf-opsawg-pcap. A file header, then records of a 16-byte header and the frame. */

import type { Format } from './format.ts';
import { MutableFrame } from './format.ts';
import { type FrameSink, MAX_FRAME_BYTES } from './frame.ts';

const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Alexey Kuznetsov's variant has the interface, protocol and packet type behind the lengths. */
const MODIFIED_RECORD_HEADER_BYTES = 24;

interface Variant {
  readonly isLittleEndian: boolean;
  /** Fraction units in a microsecond. */
  readonly unitsPerMicro: number;
  readonly recordHeaderBytes: number;
}

const variants: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { isLittleEndian: false, unitsPerMicro: 1, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [0xd4c3b2a1, { isLittleEndian: true, unitsPerMicro: 1, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [0xa1b23c4d, { isLittleEndian: false, unitsPerMicro: 1000, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [0x4d3cb2a1, { isLittleEndian: true, unitsPerMicro: 1000, recordHeaderBytes: RECORD_HEADER_BYTES }],
  [0xa1b2cd34, { isLittleEndian: false, unitsPerMicro: 1, recordHeaderBytes: MODIFIED_RECORD_HEADER_BYTES }],
  [0x34cdb2a1, { isLittleEndian: true, unitsPerMicro: 1, recordHeaderBytes: MODIFIED_RECORD_HEADER_BYTES }],
]);

/** Is this (read big endian) the first word of a pcap file? */
export const isPcapMagic = (magic: number): boolean => variants.has(magic);

export class PcapFormat implements Format {
  needed = PCAP_HEADER_BYTES;
  fault: string | undefined;
  readonly #frame = new MutableFrame();
  #variant: Variant | undefined;

  read(bytes: Uint8Array, offset: number, sink: FrameSink): number {
    const variant = this.#variant;
    if (variant === undefined) return this.#readHeader(bytes, offset, sink);
    const { recordHeaderBytes, isLittleEndian } = variant;
    if (bytes.length - offset < recordHeaderBytes) {
      this.needed = recordHeaderBytes;
      return 0;
    }
    const captured = word(bytes, offset + 8, isLittleEndian);
    if (captured > MAX_FRAME_BYTES) {
      this.fault = `a record claims ${captured} bytes`;
      return 0;
    }
    const length = recordHeaderBytes + captured;
    if (bytes.length - offset < length) {
      this.needed = length;
      return 0;
    }
    const frame = this.#frame;
    const fraction = word(bytes, offset + 4, isLittleEndian);
    if (frame.bytes !== bytes) frame.bytes = bytes as Uint8Array<ArrayBuffer>;
    frame.start = offset + recordHeaderBytes;
    frame.end = offset + length;
    frame.at = word(bytes, offset, isLittleEndian) * 1e6 + (variant.unitsPerMicro === 1 ? fraction : fraction / 1000);
    frame.originalLength = word(bytes, offset + 12, isLittleEndian);
    this.needed = recordHeaderBytes;
    sink.frame(frame);
    return length;
  }

  #readHeader(bytes: Uint8Array, offset: number, sink: FrameSink): number {
    if (bytes.length - offset < PCAP_HEADER_BYTES) return 0;
    const variant = variants.get(word(bytes, offset, false));
    if (variant === undefined) {
      this.fault = 'not a pcap file';
      return 0;
    }
    // The upper bits of the link type may carry the length of a frame check sequence.
    this.#frame.linkType = word(bytes, offset + 20, variant.isLittleEndian) & 0xffff;
    this.#variant = variant;
    this.needed = variant.recordHeaderBytes;
    sink.interface?.({ linkType: this.#frame.linkType, snapLength: word(bytes, offset + 16, variant.isLittleEndian) });
    return PCAP_HEADER_BYTES;
  }
}

/** An unsigned 32-bit word. Indexing beats a DataView made for each chunk and costs the same per record. */
function word(bytes: Uint8Array, at: number, isLittleEndian: boolean): number {
  const a = bytes[at] ?? 0;
  const b = bytes[at + 1] ?? 0;
  const c = bytes[at + 2] ?? 0;
  const d = bytes[at + 3] ?? 0;
  return (isLittleEndian ? (d << 24) | (c << 16) | (b << 8) | a : (a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
