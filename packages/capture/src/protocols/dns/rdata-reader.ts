/** Reads the fields of record data one after the other; what could not be read whole is `null` at `done`. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { addressText } from '../../packet/address.ts';
import { readName } from './names.ts';

/** Record data inside its message, which compressed names in it point back into. */
export interface Rdata {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A name or an address that cannot be read makes it short, like a read past the end. */
export class RdataReader extends ByteReader {
  constructor({ bytes, start, end }: Rdata) {
    super(bytes, start, end);
  }

  name(): string {
    const name = readName(this.bytes, this.at);
    if (name === null) {
      this.skip(this.left + 1);
      return '';
    }
    this.skip(name.end - this.at);
    return this.isShort ? '' : name.text;
  }

  /** A length of one byte, then so many bytes (RFC 1035 §3.3). */
  characterString(): string {
    return quoted(this.view(this.u8()));
  }

  address(version: 4 | 6): string {
    const bytes = this.view(version === 4 ? 4 : 16);
    return this.isShort ? '' : addressText(bytes, 0, version);
  }

  /** `text` if all of it could be read, and nothing was left over; else null. */
  done(text: string): string | null {
    return this.isShort || this.left > 0 ? null : text;
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
