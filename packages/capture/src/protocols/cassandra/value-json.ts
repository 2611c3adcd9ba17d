/** Values of CQL as JSON, straight from their bytes: the usual types here, the others as `cqlValue` makes them. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writePrintable } from '../../json/printable-text.ts';
import { writeUuid } from '../../json/written-uuid.ts';
import { type CqlType, cqlValue, untypedValue } from './values.ts';
import { int32 } from './wire.ts';

const ASCII = 0x01;
const BIGINT = 0x02;
const BOOLEAN = 0x04;
const COUNTER = 0x05;
const INT = 0x09;
const UUID = 0x0c;
const VARCHAR = 0x0d;
const TIMEUUID = 0x0f;

const NULL = piece('null');
const NOT_SET = piece('"not set"');
const TRUE = piece('true');
const FALSE = piece('false');
const TWO_32 = 2 ** 32;
/** A safe integer has so many bits above its lower 32. */
const SAFE_HIGH = 2 ** 21;
const UNSET = -2;

/** Parameters or cells one behind the other, each with its length before it. One object, which is given body after body. */
export class ValueWriter {
  private bytes: Uint8Array = new Uint8Array(0);
  private end = 0;
  /** Where the next one stands. */
  private at = 0;

  begin(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Writes the next parameter; false when it is not all there. */
  bound(json: JsonWriter, type: CqlType | undefined): boolean {
    const { bytes, at } = this;
    const start = at + 4;
    if (start > this.end) return false;
    const length = int32(bytes, at);
    if (length < 0) {
      json.copyOf(length === UNSET ? NOT_SET : NULL);
      this.at = start;
      return true;
    }
    const end = start + length;
    if (end > this.end) return false;
    this.at = end;
    if (type === undefined) json.text(untypedValue(bytes.subarray(start, end)));
    else writeValue(json, bytes, { start, end, type });
    return true;
  }

  /** The same of a cell, where no length below zero is a value. */
  cell(json: JsonWriter, type: CqlType): boolean {
    if (this.at + 4 > this.end || int32(this.bytes, this.at) >= 0) return this.bound(json, type);
    json.copyOf(NULL);
    this.at += 4;
    return true;
  }
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly type: CqlType;
}

function writeValue(json: JsonWriter, bytes: Uint8Array, { start, end, type }: Value): void {
  const length = end - start;
  switch (type.id) {
    case ASCII:
    case VARCHAR:
      return writePrintable(json, bytes, start, end);
    case INT:
      if (length === 4) return json.number(int32(bytes, start));
      break;
    case BIGINT:
    case COUNTER:
      if (length === 8 && isSafe(bytes, start)) return json.number(int64(bytes, start));
      break;
    case BOOLEAN:
      if (length === 1) return json.copyOf(bytes[start] === 0 ? FALSE : TRUE);
      break;
    case UUID:
    case TIMEUUID:
      if (length === 16) return writeUuid(json, bytes, start);
      break;
    default:
  }
  json.value(cqlValue(bytes.subarray(start, end), type));
}

const int64 = (bytes: Uint8Array, at: number): number => int32(bytes, at) * TWO_32 + (int32(bytes, at + 4) >>> 0);

function isSafe(bytes: Uint8Array, at: number): boolean {
  const high = int32(bytes, at);
  return high >= -SAFE_HIGH && high < SAFE_HIGH && Number.isSafeInteger(int64(bytes, at));
}
