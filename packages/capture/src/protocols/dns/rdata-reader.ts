/** Reads the fields of record data one after the other. */

import { addressText } from '../../packet/address.ts';
import { readName } from './names.ts';

/** Record data inside its message, which compressed names in it point back into. */
export interface Rdata {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Walks over record data; a read past the end makes every result of it `null` at `done`. */
export class RdataReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #failed = false;

  constructor({ bytes, start, end }: Rdata) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) this.#failed = true;
    const start = this.#at;
    this.#at = Math.min(this.#end, start + length);
    return this.#bytes.subarray(start, this.#at);
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }

  number(width: 1 | 2 | 4): number {
    let value = 0;
    for (const octet of this.take(width)) value = value * 256 + octet;
    return value;
  }

  name(): string {
    const name = readName(this.#bytes, this.#at);
    if (name === null || name.end > this.#end) {
      this.#failed = true;
      return '';
    }
    this.#at = name.end;
    return name.text;
  }

  /** A length of one byte, then so many bytes (RFC 1035 §3.3). */
  characterString(): string {
    return quoted(this.take(this.number(1)));
  }

  address(version: 4 | 6): string {
    const bytes = this.take(version === 4 ? 4 : 16);
    return this.#failed ? '' : addressText(bytes, 0, version);
  }

  /** `text` if all of it could be read, and nothing was left over; else null. */
  done(text: string): string | null {
    return this.#failed || this.left > 0 ? null : text;
  }
}

/** RFC 1035 §5.1: quotes and backslashes are escaped, other unprintable octets are `\DDD`. */
export function quoted(bytes: Uint8Array): string {
  let text = '"';
  for (const octet of bytes) {
    if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`;
    else if (octet < 0x20 || octet > 0x7e) text += `\\${String(octet).padStart(3, '0')}`;
    else text += String.fromCharCode(octet);
  }
  return `${text}"`;
}
