/** Values of Hessian 2 that have no others in them, as JSON straight from their bytes. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { i32, u16, u32 } from '../../packet/big-endian.ts';
import { dateOf, MAX_TEXT, textOf } from './hessian.ts';
import { TWO_32, writeDouble, writeInt, writeLong } from './hessian-numbers.ts';
import { textEnd, textStart } from './hessian-text.ts';

const NULL = piece('null');
const TRUE = piece('true');
const FALSE = piece('false');

export abstract class HessianScalars {
  protected bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  protected limit = 0;
  /** Something could not be written: what was, is of no use. */
  isOdd = false;

  begin(bytes: Uint8Array, start: number, limit: number): void {
    this.bytes = bytes;
    this.at = start;
    this.limit = limit;
    this.isOdd = false;
  }

  /** Writes what has others in it, from behind its code. */
  protected abstract writeCompound(json: JsonWriter, code: number, depth: number): void;

  protected refuse(json: JsonWriter): void {
    this.isOdd = true;
    this.at = this.limit;
    json.copyOf(NULL);
  }

  /** The room for `length` bytes behind the code; false where they are not there. */
  protected take(length: number): boolean {
    this.at += length;
    return this.at <= this.limit;
  }

  protected writeShortInt(json: JsonWriter, code: number): void {
    const { bytes, at } = this;
    if (code >= 0x80 && code <= 0xbf) {
      this.at = at + 1;
      return writeInt(json, code - 0x90);
    }
    if (code >= 0xd8 && code <= 0xef) {
      this.at = at + 1;
      return writeInt(json, code - 0xe0);
    }
    const isThree = (code >= 0xd0 && code <= 0xd7) || code < 0x80;
    if (!this.take(isThree ? 3 : 2)) return this.refuse(json);
    if (isThree) return writeInt(json, ((code - (code < 0x80 ? 0x3c : 0xd4)) << 16) + u16(bytes, at + 1));
    writeInt(json, ((code - (code >= 0xf0 ? 0xf8 : 0xc8)) << 8) + (bytes[at + 1] ?? 0));
  }

  protected writeShortBinary(json: JsonWriter, code: number): void {
    const isLong = code >= 0x34;
    const length = isLong ? ((code - 0x34) << 8) + (this.bytes[this.at + 1] ?? 0) : code - 0x20;
    this.writeBinary(json, isLong ? 2 : 1, length);
  }

  private writeBinary(json: JsonWriter, head: number, length: number): void {
    if (!this.take(head + length)) return this.refuse(json);
    json.raw('"');
    json.number(length);
    json.raw(' bytes"');
  }

  protected writeText(json: JsonWriter, code: number): void {
    const { bytes, at } = this;
    const end = textEnd(bytes, at, this.limit);
    const start = textStart(code, at);
    if (end < 0) return this.refuse(json);
    this.at = end;
    const before = json.length;
    if (end - start <= MAX_TEXT && json.ascii(bytes, start, end)) return;
    json.length = before;
    json.text(textOf(bytes.subarray(start, end)));
  }

  protected writeOther(json: JsonWriter, code: number, depth: number): void {
    const { bytes, at } = this;
    switch (code) {
      case 0x4e:
        return json.copyOf(NULL);
      case 0x54:
        return json.copyOf(TRUE);
      case 0x46:
        return json.copyOf(FALSE);
      case 0x49:
      case 0x59:
        return this.take(4) ? writeInt(json, i32(bytes, at)) : this.refuse(json);
      case 0x4c:
        return this.take(8) ? writeLong(json, bytes, at) : this.refuse(json);
      case 0x44:
        return this.take(8) ? writeDouble(json, bytes, at) : this.refuse(json);
      case 0x4a:
        return this.take(8) ? json.text(dateOf(i32(bytes, at) * TWO_32 + u32(bytes, at + 4))) : this.refuse(json);
      case 0x4b:
        return this.take(4) ? json.text(dateOf(i32(bytes, at) * 60_000)) : this.refuse(json);
      case 0x5b:
        return json.number(0);
      case 0x5c:
        return json.number(1);
      case 0x5d:
        return this.take(1) ? writeInt(json, ((bytes[at] ?? 0) << 24) >> 24) : this.refuse(json);
      case 0x5e:
        return this.take(2) ? writeInt(json, (u16(bytes, at) << 16) >> 16) : this.refuse(json);
      case 0x5f:
        return this.take(4) ? json.number(i32(bytes, at) / 1000) : this.refuse(json);
      case 0x42:
        return this.writeBinary(json, 2, u16(bytes, at));
      default:
        return this.writeCompound(json, code, depth);
    }
  }
}
