/** What compressed packets carry: the stream of ordinary packets, which need not begin or end with them. */

import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { HEAD_BYTES, MAX_WHOLE_BYTES, type MysqlMessage, readMessage } from './wire.ts';

/** zstd's magic number begins with it; zlib's head never does. */
const ZSTD_FIRST = 0x28;
const NOTHING = new Uint8Array(0);

/** The packets inside of one direction. */
export class CompressedStream {
  #waiting: Uint8Array = NOTHING;
  #rest = 0;

  /** Which of the two was seen. */
  algorithm: 'zlib' | 'zstd' | undefined;

  /** Takes the payload of a compressed packet and gives each message that is whole now; undefined when it cannot be read. */
  take(body: Uint8Array, inflatedLength: number, each: (message: MysqlMessage) => void): boolean {
    const inflated = inflatedLength === 0 ? body : this.#inflate(body, inflatedLength);
    if (inflated === undefined) {
      this.clear();
      return false;
    }
    const bytes = this.#waiting.length === 0 ? inflated : Buffer.concat([this.#waiting, inflated]);
    let offset = 0;
    while (offset < bytes.length) {
      const parsed = readMessage(bytes, offset, { rest: this.#rest, isCompressed: false });
      if (parsed.kind !== 'done') break;
      offset = parsed.end;
      const { value } = parsed;
      if (value.kind === 'rest') this.#rest -= value.size;
      else if (value.kind === 'packet') this.#rest = value.length - (value.end - value.start);
      each(value);
    }
    // Never more than one packet's beginning: its head and what is read whole of it.
    this.#waiting = bytes.slice(offset, offset + HEAD_BYTES + MAX_WHOLE_BYTES);
    return true;
  }

  clear(): void {
    this.#waiting = NOTHING;
    this.#rest = 0;
  }

  /** The packet claims how long it is: more than that is not inflated. */
  #inflate(body: Uint8Array, length: number): Uint8Array | undefined {
    const isZstd = body[0] === ZSTD_FIRST;
    try {
      const options = { maxOutputLength: length };
      const inflated = isZstd ? zstdDecompressSync(body, options) : inflateSync(body, options);
      this.algorithm = isZstd ? 'zstd' : 'zlib';
      return inflated;
    } catch {
      // Broken data is data too: the caller counts it.
      return undefined;
    }
  }
}
