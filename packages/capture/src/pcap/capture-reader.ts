/** Reads a capture as it arrives, in chunks of any size, and hands each frame on without copying it. */

import type { Format } from './format.ts';
import type { CaptureFault, FrameSink } from './frame.ts';
import { HELPER_MAGIC, HelperFormat } from './helper.ts';
import { isPcapMagic, PcapFormat } from './pcap.ts';
import { PCAPNG_MAGIC, PcapngFormat } from './pcapng.ts';

const MAGIC_BYTES = 4;

/** Do these bytes, the first of a file, begin a capture? */
export function isCapture(bytes: Uint8Array): boolean {
  if (bytes.length < MAGIC_BYTES) return false;
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return magic === PCAPNG_MAGIC || isPcapMagic(magic);
}

export class CaptureReader {
  readonly #sink: FrameSink;
  #format: Format | undefined;
  /** The beginning of a record whose rest has not come yet. */
  #partial = new Uint8Array(0);
  /** The buffer of the record before: the frames of one chunk stay as they are until it ends. */
  #spare = new Uint8Array(0);
  #partialLength = 0;
  /** Bytes of whole records so far. */
  #offset = 0;
  #fault: CaptureFault | undefined;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Takes the next chunk, which may be reused by the caller afterwards. Answers the damage once there is some. */
  push(bytes: Uint8Array): CaptureFault | undefined {
    this.#sink.chunkBegin?.();
    const fault = this.#push(bytes);
    this.#sink.chunkEnd?.();
    return fault;
  }

  #push(bytes: Uint8Array): CaptureFault | undefined {
    // A Buffer's `slice` is a view where everyone behind this expects a copy.
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (this.#partialLength > 0 && this.#fault === undefined) {
      at += this.#complete(chunk, at);
      const length = this.#readAt(this.#partial.subarray(0, this.#partialLength), 0);
      if (length > 0) {
        this.#partialLength = 0;
        [this.#partial, this.#spare] = [this.#spare, this.#partial];
      } else if (at >= chunk.length) return this.#fault;
    }
    while (this.#fault === undefined) {
      const length = this.#readAt(chunk, at);
      if (length === 0) break;
      at += length;
    }
    if (this.#fault === undefined && at < chunk.length) this.#keep(chunk.subarray(at));
    return this.#fault;
  }

  /** A live source begins its stream anew, with the interfaces it has told of: a record that was cut is forgotten. */
  restart(): void {
    this.#partialLength = 0;
    this.#fault = undefined;
    this.#format?.restart?.();
  }

  /** The capture is over: answers the damage, a record cut in the middle included. */
  end(): CaptureFault | undefined {
    if (this.#fault !== undefined) return this.#fault;
    if (this.#format === undefined)
      return this.#stop(this.#partialLength === 0 ? 'the file is empty' : 'not a capture file');
    return this.#partialLength > 0 ? this.#stop('the file ends inside a record') : undefined;
  }

  /** Adds to the partial record what it is known to need; answers how much was taken. */
  #complete(chunk: Uint8Array, at: number): number {
    const needed = this.#format?.needed ?? MAGIC_BYTES;
    const taken = Math.min(chunk.length - at, Math.max(0, needed - this.#partialLength));
    this.#keep(chunk.subarray(at, at + taken));
    return taken;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#partialLength + bytes.length;
    if (length > this.#partial.length) {
      const grown = new Uint8Array(Math.max(length, this.#partial.length * 2, 4096));
      grown.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    this.#partial.set(bytes, this.#partialLength);
    this.#partialLength = length;
  }

  #readAt(bytes: Uint8Array, at: number): number {
    this.#format ??= this.#recognise(bytes, at);
    if (this.#format === undefined) return 0;
    const length = this.#format.read(bytes, at, this.#sink);
    this.#offset += length;
    if (this.#format.fault !== undefined) this.#stop(this.#format.fault);
    return length;
  }

  #recognise(bytes: Uint8Array, at: number): Format | undefined {
    if (bytes.length - at < MAGIC_BYTES) return undefined;
    const magic = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    if (magic === PCAPNG_MAGIC) return new PcapngFormat();
    if (isPcapMagic(magic)) return new PcapFormat();
    if (magic === HELPER_MAGIC) return new HelperFormat();
    this.#stop('not a capture file');
    return undefined;
  }

  #stop(fault: string): CaptureFault {
    this.#fault ??= { fault, offset: this.#offset };
    return this.#fault;
  }
}
