/**
 * The stream of the capture helper (apps/agent/helper/README.md): its magic and version, then frames of a 16-byte header and a
 * body, little endian.
 */

import type { Format } from './format.ts';
import { MutableFrame } from './format.ts';
import { type FrameSink, MAX_FRAME_BYTES } from './frame.ts';

/** `KSHK` */
export const HELPER_MAGIC = 0x4b53484b;
const VERSION = 1;
const PREAMBLE_BYTES = 8;
const HEADER_BYTES = 16;

const PACKET = 1;
const TLS_SECRET = 2;
const COUNTERS = 4;
const INTERFACE = 5;

const PACKET_HEADER_BYTES = 8;
const COUNTERS_BYTES = 24;
const INTERFACE_HEADER_BYTES = 8;
/** A frame with its headers and padding; above it a length is damage. */
const MAX_LENGTH = MAX_FRAME_BYTES + 64;
/** Packets are given in the shape of this link type, which names the protocol behind it for every kind of interface. */
const LINUX_SLL2 = 276;
/** Names told in the life of a reader. A node makes interfaces with every pod; packets of later ones have the last one's name. */
const MAX_INTERFACES = 65_536;
/** Number of an announcement that is about a name only. */
const NO_NUMBER = 0xffff;
/** Secrets type of a TLS key log in a decryption secrets block: `TLSK`. */
const TLS_KEY_LOG = 0x544c534b;

const utf8 = new TextDecoder();

export class HelperFormat implements Format {
  needed = PREAMBLE_BYTES;
  fault: string | undefined;
  readonly #frame = new MutableFrame();
  /** Over the frame's bytes, which are the chunk being read. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #hasBegun = false;
  /** Index of each name told to the sink; it outlives the helper that told it. */
  readonly #indexes = new Map<string, number>();
  /** Index by the helper's number. */
  #numbers: number[] = [];

  constructor() {
    this.#frame.linkType = LINUX_SLL2;
  }

  restart(): void {
    this.#hasBegun = false;
    this.needed = PREAMBLE_BYTES;
    this.fault = undefined;
    this.#numbers = [];
  }

  read(bytes: Uint8Array, offset: number, sink: FrameSink): number {
    if (bytes !== this.#frame.bytes) {
      this.#frame.bytes = bytes as Uint8Array<ArrayBuffer>;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    if (!this.#hasBegun) return this.#begin(bytes.length - offset, offset);
    const left = bytes.length - offset;
    this.needed = HEADER_BYTES;
    if (left < HEADER_BYTES) return 0;
    const length = this.#view.getUint32(offset, true);
    if (length < HEADER_BYTES || length % 8 !== 0 || length > MAX_LENGTH) {
      this.fault = `a frame claims ${length} bytes`;
      return 0;
    }
    if (left < length) {
      this.needed = length;
      return 0;
    }
    this.#take(offset, offset + length, sink);
    return this.fault === undefined ? length : 0;
  }

  #begin(left: number, offset: number): number {
    if (left < PREAMBLE_BYTES) return 0;
    if (this.#view.getUint32(offset) !== HELPER_MAGIC) this.fault = 'not the stream of a capture helper';
    const version = this.#view.getUint32(offset + 4, true);
    if (version !== VERSION) this.fault ??= `the capture helper speaks version ${version}, not ${VERSION}`;
    this.#hasBegun = true;
    return this.fault === undefined ? PREAMBLE_BYTES : 0;
  }

  #take(start: number, end: number, sink: FrameSink): void {
    const body = start + HEADER_BYTES;
    switch (this.#view.getUint16(start + 4, true)) {
      case PACKET:
        return this.#packet(start, end, sink);
      case COUNTERS:
        return this.#counters(body, end, sink);
      case INTERFACE:
        return this.#interface(start, end, sink);
      case TLS_SECRET:
        return sink.secrets?.(TLS_KEY_LOG, trimmed(this.#frame.bytes.subarray(body, end)));
      default:
        // Of a newer helper of the same version: what is not known is left out.
        return;
    }
  }

  #packet(start: number, end: number, sink: FrameSink): void {
    const view = this.#view;
    const frame = this.#frame;
    const data = start + HEADER_BYTES + PACKET_HEADER_BYTES;
    if (data > end) return this.#damaged('a packet is too short');
    const captured = view.getUint32(start + HEADER_BYTES, true);
    if (captured > end - data) return this.#damaged('a packet is longer than its frame');
    const index = this.#numbers[view.getUint16(start + 6, true)];
    if (index === undefined) return this.#damaged('a packet of an interface that was not told');
    frame.interfaceId = index;
    frame.start = data;
    frame.end = data + captured;
    frame.originalLength = view.getUint32(start + HEADER_BYTES + 4, true);
    frame.at = (view.getUint32(start + 12, true) * 4294967296) / 1000 + view.getUint32(start + 8, true) / 1000;
    sink.frame(frame);
  }

  #counters(body: number, end: number, sink: FrameSink): void {
    if (end - body < COUNTERS_BYTES) return this.#damaged('counters are too short');
    const view = this.#view;
    const blocks = view.getUint32(body + 20, true);
    sink.counters?.({
      received: Number(view.getBigUint64(body, true)),
      dropped: Number(view.getBigUint64(body + 8, true)),
      fullest: blocks === 0 ? 0 : view.getUint32(body + 16, true) / blocks,
    });
  }

  #interface(start: number, end: number, sink: FrameSink): void {
    const view = this.#view;
    const body = start + HEADER_BYTES;
    if (end - body < INTERFACE_HEADER_BYTES) return this.#damaged('an interface is too short');
    const length = view.getUint16(body + 6, true);
    if (length > end - body - INTERFACE_HEADER_BYTES) return this.#damaged('a name is longer than its frame');
    const name = utf8.decode(
      this.#frame.bytes.subarray(body + INTERFACE_HEADER_BYTES, body + INTERFACE_HEADER_BYTES + length),
    );
    const number = view.getUint16(start + 6, true);
    if (number === NO_NUMBER) return sink.presence?.(name, view.getUint16(body + 4, true) === 1);
    this.#numbers[number] = this.#indexOf(name, sink);
  }

  #indexOf(name: string, sink: FrameSink): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    if (index >= MAX_INTERFACES) return index - 1;
    this.#indexes.set(name, index);
    sink.interface?.({ linkType: LINUX_SLL2, snapLength: MAX_FRAME_BYTES, name });
    return index;
  }

  #damaged(fault: string): void {
    this.fault = fault;
  }
}

/** Without the zeros that fill a frame up. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}
