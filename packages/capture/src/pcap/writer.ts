/**
 * Captures written: each method answers the bytes of one record, which the caller appends to the file. Little-endian,
 * times in whole microseconds, so that what is written reads back the same.
 */

import { addressBytes } from '../packet/address.ts';
import type { CaptureInterface, Frame } from './frame.ts';

/** What a writer needs of a frame; one from the reader will do. */
export type FrameToWrite = Pick<Frame, 'bytes' | 'start' | 'end' | 'at' | 'originalLength' | 'interfaceId'>;

/** One interface, frames only: draft-ietf-opsawg-pcap. */
export class PcapWriter {
  /** The file's first bytes. */
  header({ linkType, snapLength }: Pick<CaptureInterface, 'linkType' | 'snapLength'>): Uint8Array {
    return joined([words(0xa1b2c3d4), halves(2, 4), words(0, 0, snapLength, linkType)]);
  }

  /** Times are seconds since 1970 in 32 bits: before it is written as 1970, after 2106 begins anew. */
  frame({ bytes, start, end, at, originalLength }: FrameToWrite): Uint8Array {
    const time = wholeMicros(at);
    const seconds = Math.floor(time / 1e6);
    return joined([words(seconds, time - seconds * 1e6, end - start, originalLength), bytes.subarray(start, end)]);
  }
}

const SECTION_BLOCK = 0x0a0d0d0a;
const INTERFACE_BLOCK = 1;
const NAME_BLOCK = 4;
const ENHANCED_PACKET_BLOCK = 6;
const SECRETS_BLOCK = 10;

/** Of a frame's block without its data. */
const FRAME_BLOCK_BYTES = 32;

const COMMENT = 1;
const INTERFACE_NAME = 2;
const SECTION_APPLICATION = 4;

const NAME_RECORD_IPV4 = 1;
const NAME_RECORD_IPV6 = 2;
/** An option's and a name record's length has 16 bits; longer texts are cut. */
const MAX_TEXT_BYTES = 65_000;

/** Many interfaces, comments, names and TLS secrets: draft-ietf-opsawg-pcapng. */
export class PcapngWriter {
  /** The file's first bytes; `application` is who wrote it. */
  section({ application, comment }: { readonly application?: string; readonly comment?: string } = {}): Uint8Array {
    // The length of the section is not known yet: all bits set.
    const head = [words(0x1a2b3c4d), halves(1, 0), words(0xffffffff, 0xffffffff)];
    return block(SECTION_BLOCK, ...head, options([COMMENT, comment], [SECTION_APPLICATION, application]));
  }

  /** Declares an interface. Frames name it by its index in the section. */
  interface({ linkType, snapLength, name }: CaptureInterface, comment?: string): Uint8Array {
    const described = options([COMMENT, comment], [INTERFACE_NAME, name]);
    return block(INTERFACE_BLOCK, halves(linkType, 0), words(snapLength), described);
  }

  /** A frame of an interface declared before it. */
  frame(frame: FrameToWrite, comment?: string): Uint8Array {
    const { bytes, start, end, interfaceId, originalLength } = frame;
    const at = wholeMicros(frame.at);
    const head = words(interfaceId, Math.floor(at / 2 ** 32), at % 2 ** 32, end - start, originalLength);
    return block(ENHANCED_PACKET_BLOCK, head, bytes.subarray(start, end), options([COMMENT, comment]));
  }

  /** Bytes `put` needs for a frame. */
  frameBytes({ start, end }: FrameToWrite): number {
    return FRAME_BLOCK_BYTES + ((end - start + 3) & ~3);
  }

  /**
   * The same block as `frame`, without a comment, written to a buffer that has room for it: a live capture is kept at the
   * rate it comes, and makes no objects. Answers where the block ends.
   */
  put(target: DataView, at: number, frame: FrameToWrite): number {
    const { bytes, start, end } = frame;
    const length = this.frameBytes(frame);
    const time = wholeMicros(frame.at);
    // Padding first: its word may hold the end of the data too, or, without data, the length.
    target.setUint32(at + length - 8, 0, true);
    target.setUint32(at, ENHANCED_PACKET_BLOCK, true);
    target.setUint32(at + 4, length, true);
    target.setUint32(at + 8, frame.interfaceId, true);
    target.setUint32(at + 12, Math.floor(time / 2 ** 32), true);
    target.setUint32(at + 16, time % 2 ** 32, true);
    target.setUint32(at + 20, end - start, true);
    target.setUint32(at + 24, frame.originalLength, true);
    target.setUint32(at + length - 4, length, true);
    new Uint8Array(target.buffer, target.byteOffset + at + 28, end - start).set(bytes.subarray(start, end));
    return at + length;
  }

  /** Names of addresses, as text; what is no address is left out. */
  names(names: Iterable<readonly [address: string, name: string]>): Uint8Array {
    const records: Uint8Array[] = [];
    for (const [address, name] of names) {
      const bytes = addressBytes(address);
      if (bytes === undefined) continue;
      const value = joined([bytes, utf8(name), Uint8Array.of(0)]);
      records.push(tagged(bytes.length === 4 ? NAME_RECORD_IPV4 : NAME_RECORD_IPV6, value));
    }
    return block(NAME_BLOCK, ...records, words(0));
  }

  /** Secrets to open the frames behind it with. `type` says what they are: 0x544c534b is a TLS key log. */
  secrets(type: number, bytes: Uint8Array): Uint8Array {
    return block(SECRETS_BLOCK, words(type, bytes.length), bytes);
  }
}

function wholeMicros(at: number): number {
  return Math.max(0, Math.round(at));
}

/** A block of these parts, each padded to 32 bits, between its two lengths. */
function block(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(parts.flatMap((part) => [part, padding(part.length)]));
  const length = words(body.length + 12);
  return joined([words(type), length, body, length]);
}

/** Those options that have a text, and the end of options; nothing when none has. */
function options(...list: readonly (readonly [code: number, text: string | undefined])[]): Uint8Array {
  const given = list.flatMap(([code, text]) => (text === undefined ? [] : [tagged(code, utf8(text))]));
  return given.length === 0 ? new Uint8Array(0) : joined([...given, words(0)]);
}

/** Code, length, value and padding: the shape of options and of name records. */
function tagged(code: number, value: Uint8Array): Uint8Array {
  return joined([halves(code, value.length), value, padding(value.length)]);
}

function utf8(text: string): Uint8Array {
  // Unlike a cut of the bytes, this ends between two characters.
  const bytes = new Uint8Array(Math.min(text.length * 3, MAX_TEXT_BYTES));
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written);
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true);
  return new Uint8Array(view.buffer);
}

function halves(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 2));
  for (const [index, value] of values.entries()) view.setUint16(index * 2, value, true);
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
