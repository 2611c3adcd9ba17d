/** The block format: draft-ietf-opsawg-pcapng. Sections, each with its byte order and its interfaces. */

import { addressText } from '../packet/address.ts';
import type { Format } from './format.ts';
import { MutableFrame } from './format.ts';
import { type FrameSink, MAX_FRAME_BYTES } from './frame.ts';

export const PCAPNG_MAGIC = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BYTE_ORDER_SWAPPED = 0x4d3c2b1a;

const INTERFACE_BLOCK = 1;
const OBSOLETE_PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
const NAME_BLOCK = 4;
const ENHANCED_PACKET_BLOCK = 6;
const SECRETS_BLOCK = 10;

/** A block holds at most a frame with its options, or a key log; above this a length is damage. */
const MAX_BLOCK_BYTES = MAX_FRAME_BYTES + 16 * 1024 * 1024;
const MIN_BLOCK_BYTES = 12;
/** A section with more interfaces than this is made to eat memory. */
const MAX_INTERFACES = 65_536;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Microseconds in one unit of a timestamp, and the offset to add. */
  readonly microsPerUnit: number;
  readonly offsetMicros: number;
}

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();

export class PcapngFormat implements Format {
  needed = MIN_BLOCK_BYTES;
  fault: string | undefined;
  readonly #frame = new MutableFrame();
  /** Over the frame's bytes, which are the chunk being read. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #isLittleEndian = false;
  #interfaces: Interface[] = [];
  /** Interfaces of the sections before this one. */
  #firstInterface = 0;

  read(bytes: Uint8Array, offset: number, sink: FrameSink): number {
    this.needed = MIN_BLOCK_BYTES;
    if (bytes.length - offset < MIN_BLOCK_BYTES) return 0;
    if (bytes !== this.#frame.bytes) {
      this.#frame.bytes = bytes as Uint8Array<ArrayBuffer>;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const view = this.#view;
    const isSection = view.getUint32(offset) === PCAPNG_MAGIC;
    if (isSection && !this.#beginSection(view.getUint32(offset + 8))) return 0;
    const little = this.#isLittleEndian;
    const length = view.getUint32(offset + 4, little);
    if (length < MIN_BLOCK_BYTES || length % 4 !== 0 || length > MAX_BLOCK_BYTES) {
      this.fault = `a block claims ${length} bytes`;
      return 0;
    }
    if (bytes.length - offset < length) {
      this.needed = length;
      return 0;
    }
    if (!isSection)
      this.#block(view, { type: view.getUint32(offset, little), start: offset + 8, end: offset + length - 4 }, sink);
    return this.fault === undefined ? length : 0;
  }

  #beginSection(byteOrder: number): boolean {
    if (byteOrder !== BYTE_ORDER_MAGIC && byteOrder !== BYTE_ORDER_SWAPPED) {
      this.fault = 'a section without a byte order';
      return false;
    }
    this.#isLittleEndian = byteOrder === BYTE_ORDER_SWAPPED;
    this.#firstInterface += this.#interfaces.length;
    this.#interfaces = [];
    return true;
  }

  #block(view: DataView, { type, start, end }: { type: number; start: number; end: number }, sink: FrameSink): void {
    const little = this.#isLittleEndian;
    switch (type) {
      case ENHANCED_PACKET_BLOCK:
        if (end - start < 20) return this.#damaged('a packet block is too short');
        return this.#packet(
          view,
          {
            interfaceId: view.getUint32(start, little),
            timestampAt: start + 4,
            captured: view.getUint32(start + 12, little),
            original: view.getUint32(start + 16, little),
            data: start + 20,
            end,
          },
          sink,
        );
      case OBSOLETE_PACKET_BLOCK:
        if (end - start < 20) return this.#damaged('a packet block is too short');
        return this.#packet(
          view,
          {
            interfaceId: view.getUint16(start, little),
            timestampAt: start + 4,
            captured: view.getUint32(start + 12, little),
            original: view.getUint32(start + 16, little),
            data: start + 20,
            end,
          },
          sink,
        );
      case SIMPLE_PACKET_BLOCK: {
        if (end - start < 4) return this.#damaged('a packet block is too short');
        const original = view.getUint32(start, little);
        const snap = this.#interfaces[0]?.snapLength || MAX_FRAME_BYTES;
        const captured = Math.min(original, snap, end - start - 4);
        return this.#packet(view, { interfaceId: 0, timestampAt: -1, captured, original, data: start + 4, end }, sink);
      }
      case INTERFACE_BLOCK:
        return this.#interface(view, start, end, sink);
      case NAME_BLOCK:
        return this.#names(view, start, end, sink);
      case SECRETS_BLOCK: {
        if (end - start < 8) return;
        const length = Math.min(view.getUint32(start + 4, little), end - start - 8);
        return sink.secrets?.(view.getUint32(start, little), bytesOf(view, start + 8, start + 8 + length));
      }
      default:
        // Statistics, custom and unknown blocks carry nothing of the traffic.
        return;
    }
  }

  #packet(
    view: DataView,
    packet: { interfaceId: number; timestampAt: number; captured: number; original: number; data: number; end: number },
    sink: FrameSink,
  ): void {
    const source = this.#interfaces[packet.interfaceId];
    if (source === undefined)
      return this.#damaged(`a packet of interface ${packet.interfaceId}, which was not declared`);
    if (packet.captured > packet.end - packet.data) return this.#damaged('a packet is longer than its block');
    const frame = this.#frame;
    frame.start = packet.data;
    frame.end = packet.data + packet.captured;
    frame.originalLength = packet.original;
    frame.interfaceId = this.#firstInterface + packet.interfaceId;
    frame.linkType = source.linkType;
    if (packet.timestampAt >= 0) {
      const high = view.getUint32(packet.timestampAt, this.#isLittleEndian);
      const low = view.getUint32(packet.timestampAt + 4, this.#isLittleEndian);
      frame.at = high * (4294967296 * source.microsPerUnit) + low * source.microsPerUnit + source.offsetMicros;
    }
    sink.frame(frame);
  }

  #interface(view: DataView, start: number, end: number, sink: FrameSink): void {
    const little = this.#isLittleEndian;
    if (end - start < 8) return this.#damaged('an interface block is too short');
    if (this.#interfaces.length >= MAX_INTERFACES) return this.#damaged('too many interfaces');
    let name: string | undefined;
    let microsPerUnit = 1;
    let offsetMicros = 0;
    for (const { code, at, length } of options(view, start + 8, end, little)) {
      if (code === 2) name = utf8.decode(bytesOf(view, at, at + length));
      else if (code === 9 && length === 1) microsPerUnit = unitOf(view.getUint8(at));
      else if (code === 14 && length === 8) offsetMicros = Number(view.getBigInt64(at, little)) * 1e6;
    }
    const linkType = view.getUint16(start, little);
    const snapLength = view.getUint32(start + 4, little);
    this.#interfaces.push({ linkType, snapLength, microsPerUnit, offsetMicros });
    sink.interface?.({ linkType, snapLength, ...(name !== undefined && { name }) });
  }

  #names(view: DataView, start: number, end: number, sink: FrameSink): void {
    const little = this.#isLittleEndian;
    let at = start;
    while (at + 4 <= end) {
      const type = view.getUint16(at, little);
      const length = view.getUint16(at + 2, little);
      const body = at + 4;
      if (type === 0 || body + length > end) return;
      const addressBytes = type === 1 ? 4 : type === 2 ? 16 : 0;
      if (addressBytes > 0 && length > addressBytes) {
        const address = addressText(bytesOf(view, body, body + addressBytes), 0, addressBytes === 4 ? 4 : 6);
        const names = latin1.decode(bytesOf(view, body + addressBytes, body + length)).split('\0');
        for (const name of names) if (name !== '') sink.name?.(address, name);
      }
      at = body + Math.ceil(length / 4) * 4;
    }
  }

  #damaged(fault: string): void {
    this.fault = fault;
  }
}

const bytesOf = (view: DataView, start: number, end: number): Uint8Array =>
  new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + start, Math.max(0, end - start));

/** if_tsresol: a negative power of ten, or of two when the highest bit is set. */
const unitOf = (resolution: number): number =>
  1e6 * (resolution & 0x80 ? 2 ** -(resolution & 0x7f) : 10 ** -resolution);

function* options(
  view: DataView,
  start: number,
  end: number,
  little: boolean,
): Generator<{ code: number; at: number; length: number }> {
  let at = start;
  while (at + 4 <= end) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === 0 || at + 4 + length > end) return;
    yield { code, at: at + 4, length };
    at += 4 + Math.ceil(length / 4) * 4;
  }
}
