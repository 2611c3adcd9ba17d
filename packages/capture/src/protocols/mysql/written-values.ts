/** Values as JSON out of their bytes, one after the other, as `values.ts` makes them: usual ones without making them. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeAscii, writeWhole } from '../../json/row-keys.ts';
import { Type, UNSIGNED } from './codes.ts';
import type { Column } from './columns.ts';
import { binaryValue, MAX_VALUE_CHARACTERS, mayBeBinary, NULL_VALUE, numbers, opaque, textValue } from './values.ts';
import { u16 } from './wire.ts';

const NULL = piece('null');
/** Lengths from here on take more than one byte. */
const LONG_LENGTH = 0xfb;
/** A byte below it is in no text. */
const FIRST_TEXT_BYTE = 9;
/** Upper halves of numbers with more than 53 bits begin here. */
const INEXACT = 0x20_0000;

/** Goes over the values of a row or a binding; one that is not whole refuses. */
export class ValueWriter {
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;

  begin(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** The next value of the text protocol. */
  writeText(json: JsonWriter, column: Column): void {
    const { bytes } = this;
    const length = bytes[this.at] ?? 0;
    if (length === NULL_VALUE) {
      this.at++;
      return json.copyOf(NULL);
    }
    const start = this.skipSized(json, length);
    const { at: end } = this;
    if (json.isRefused) return;
    const isWritten = numbers.has(column.type)
      ? writeWhole(json, bytes, start, end)
      : this.writeString(json, column, start);
    if (!isWritten) json.value(textValue(bytes.subarray(start, end), column));
  }

  /** The next value of the binary protocol, which is not NULL. */
  writeBinary(json: JsonWriter, column: Column): void {
    if (this.writeNumber(json, column)) return;
    const { bytes, at } = this;
    if (column.type >= Type.TINY_BLOB && column.type !== Type.GEOMETRY) {
      const start = this.skipSized(json, bytes[at] ?? 0);
      if (json.isRefused || this.writeString(json, column, start)) return;
    }
    const reader = new ByteReader(bytes, at, this.end);
    json.value(binaryValue(reader, column));
    if (reader.isShort) json.isRefused = true;
    this.at = reader.at;
  }

  /** Whole numbers of up to four bytes, and small ones of eight. */
  private writeNumber(json: JsonWriter, { type, flags }: Column): boolean {
    const { bytes, at, end } = this;
    const isUnsigned = (flags & UNSIGNED) !== 0;
    let width = 4;
    if (type === Type.TINY) width = 1;
    else if (type === Type.SHORT || type === Type.YEAR) width = 2;
    else if (type === Type.LONGLONG) width = 8;
    else if (type !== Type.LONG && type !== Type.INT24) return false;
    if (at + width > end) return false;
    if (width === 8) {
      const high = i32(bytes, at + 4);
      if (high < 0 || high >= INEXACT) return false;
      json.number(high * 0x1_0000_0000 + (i32(bytes, at) >>> 0));
    } else if (width === 4) json.number(isUnsigned ? i32(bytes, at) >>> 0 : i32(bytes, at));
    else {
      const value = width === 1 ? (bytes[at] ?? 0) : u16(bytes, at);
      const shift = 32 - 8 * width;
      json.number(isUnsigned ? value : (value << shift) >> shift);
    }
    this.at += width;
    return true;
  }

  /** Moves on behind a value that begins with its length, and answers where it begins behind that. */
  private skipSized(json: JsonWriter, length: number): number {
    let start = this.at + 1;
    let end = start + length;
    if (length === LONG_LENGTH + 1) {
      start = this.at + 3;
      end = start + u16(this.bytes, this.at + 1);
    } else if (length >= LONG_LENGTH) json.isRefused = true;
    if (end > this.end) json.isRefused = true;
    this.at = end;
    return start;
  }

  /** The text between `start` and where the next value begins, when it is short, ASCII, and surely text. */
  private writeString(json: JsonWriter, { type, charset }: Column, start: number): boolean {
    const { bytes, at: end } = this;
    if (opaque.has(type) || end - start > MAX_VALUE_CHARACTERS) return false;
    if (mayBeBinary(charset)) {
      for (let at = start; at < end; at++) if ((bytes[at] ?? 0) < FIRST_TEXT_BYTE) return false;
    }
    return writeAscii(json, bytes, start, end);
  }
}

const i32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) | (u16(bytes, at + 2) << 16);
