/** Protocol Buffers without a schema as JSON, straight out of their bytes: the text of what `decodeProtobuf` makes of them. */

import { isUtf8 } from 'node:buffer';
import type { JsonWriter } from '../json/json-writer.ts';
import { decodeProtobuf, fixed32Of, likelyDouble, MAX_DEPTH, MAX_FIELD_NUMBER, MAX_FIELDS } from './protobuf.ts';

/** What became of a message: it is none, or something in it only objects can tell (repeated fields, numbers beyond 49 bits). */
const WRITTEN = 0;
const NO_MESSAGE = 1;
const RARE = 2;

const SPACE = 32;
const TAB = 9;
const ASCII_END = 0x80;
const VARINT_BITS = 49;
const utf8 = new TextDecoder('utf-8');

class ProtobufWriter {
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private isShort = false;
  private fields = 0;

  /** Writes `bytes[start, end)`. */
  write(json: JsonWriter, bytes: Uint8Array, { start, end }: Readonly<Record<'start' | 'end', number>>): number {
    this.bytes = bytes;
    this.at = start;
    this.isShort = false;
    this.fields = MAX_FIELDS;
    return this.message(json, end, 0);
  }

  private message(json: JsonWriter, end: number, depth: number): number {
    let last = 0;
    while (this.at < end) {
      const key = this.varint(end);
      if (key < 0) return RARE;
      const number = Math.floor(key / 8);
      if (number < 1 || number > MAX_FIELD_NUMBER || this.fields <= 0) return NO_MESSAGE;
      this.fields -= 1;
      // Objects have their numbers in order, and lists of those that come again.
      if (number <= last) return RARE;
      json.raw(last === 0 ? '{"' : ',"');
      json.number(number);
      json.raw('":');
      last = number;
      const outcome = this.value(json, key & 7, { end, depth });
      if (outcome !== WRITTEN) return outcome;
      if (this.isShort) return NO_MESSAGE;
    }
    json.raw(last === 0 ? '{}' : '}');
    return WRITTEN;
  }

  private value(json: JsonWriter, wireType: number, { end, depth }: Readonly<Record<'end' | 'depth', number>>): number {
    switch (wireType) {
      case 0: {
        const value = this.varint(end);
        if (value < 0) return RARE;
        json.number(value);
        return WRITTEN;
      }
      case 1: {
        const value = likelyDouble(this.bytes, this.claim(8, end));
        if (value === undefined) return this.isShort ? NO_MESSAGE : RARE;
        json.number(value);
        return WRITTEN;
      }
      case 2: {
        const length = this.varint(end);
        if (length < 0) return RARE;
        if (length > end - this.at) return NO_MESSAGE;
        return this.contents(json, this.at + length, depth);
      }
      case 5:
        json.number(fixed32Of(this.bytes, this.claim(4, end)));
        return WRITTEN;
      default:
        return NO_MESSAGE;
    }
  }

  /** Text, a message, or bytes. */
  private contents(json: JsonWriter, end: number, depth: number): number {
    const { bytes, at: start } = this;
    let highest = 0;
    let hasControls = false;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] ?? 0;
      highest |= byte;
      if (byte < SPACE && byte !== TAB) hasControls = true;
    }
    this.at = end;
    if (highest < ASCII_END && !hasControls) {
      json.ascii(bytes, start, end);
      return WRITTEN;
    }
    const view = bytes.subarray(start, end);
    if (!hasControls && isUtf8(view)) {
      json.text(utf8.decode(view));
      return WRITTEN;
    }
    if (depth < MAX_DEPTH) {
      const before = json.length;
      this.at = start;
      const outcome = this.message(json, end, depth + 1);
      if (outcome !== NO_MESSAGE) return outcome;
      // What is wrong inside is not wrong outside.
      json.length = before;
      this.at = end;
      this.isShort = false;
    }
    if (isUtf8(view)) {
      json.text(utf8.decode(view));
    } else {
      json.raw('{"base64":');
      json.base64(view);
      json.raw('}');
    }
    return WRITTEN;
  }

  /** -1 when it has more bits than are counted here. */
  private varint(end: number): number {
    let value = 0;
    let unit = 1;
    for (let bits = 0; bits < VARINT_BITS; bits += 7) {
      const byte = this.bytes[this.claim(1, end)] ?? 0;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 128;
    }
    return -1;
  }

  /** Where the next so many bytes stand; behind all of them when there are not so many. */
  private claim(length: number, end: number): number {
    const start = this.at;
    if (length <= end - start) {
      this.at += length;
      return start;
    }
    this.isShort = true;
    this.at = end;
    return this.bytes.length;
  }
}

const writer = new ProtobufWriter();

/** Writes the message `bytes[start, end)`; false when it is none, and nothing is written. */
export function writeProtobuf(
  json: JsonWriter,
  bytes: Uint8Array,
  range: Readonly<Record<'start' | 'end', number>>,
): boolean {
  const before = json.length;
  const outcome = writer.write(json, bytes, range);
  if (outcome === WRITTEN) return true;
  json.length = before;
  const message = outcome === RARE ? decodeProtobuf(bytes.subarray(range.start, range.end)) : undefined;
  if (message === undefined) return false;
  json.stringified(message);
  return true;
}
