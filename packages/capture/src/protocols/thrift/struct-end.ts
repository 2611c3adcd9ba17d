/**
 * Where a struct ends that comes in pieces. Without a frame only its values tell, and a long one is asked for with every packet: each
 * byte is gone over once.
 */

import { compactTypes, type Encoding, isType, MAX_DEPTH, Type } from './values.ts';

/** What stands open: a struct until its stop, or so many values of a list or of a map, whose keys and values take turns. */
interface Level {
  /** -1 of a struct. */
  left: number;
  readonly keyType: number;
  readonly type: number;
}

/** Instead of an offset. */
const MORE = -1;
const BAD = -2;
/** Ten of seven bits hold the longest number (thrift-compact-protocol.md, "Integer encoding"). */
const MAX_VARINT_BYTES = 10;

export class StructEnd {
  /** How many bytes are missing at least, where more are. */
  atLeast = 1;
  /** Values gone over; those with others inside count too. */
  values = 0;
  private isCompact = false;
  private readonly levels: Level[] = [];
  /** Bytes of the struct gone over. */
  private passed = 0;
  /** Offset behind the number read last, and its low 32 bits. */
  private end = 0;
  private number = 0;

  /** Forgets the struct that was gone over. */
  reset(): void {
    this.levels.length = 0;
    this.passed = 0;
    this.values = 0;
  }

  /**
   * The end of the struct that begins at `start`. Once it has answered `more`, it is asked again with the same bytes and those that
   * came behind them.
   */
  find(bytes: Uint8Array, start: number, encoding: Encoding): number | 'more' | 'bad' {
    const { levels } = this;
    if (levels.length === 0) {
      this.isCompact = encoding === 'compact';
      levels.push({ left: -1, keyType: Type.STOP, type: Type.STOP });
    }
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const at = start + this.passed;
      const next = level.left < 0 ? this.field(bytes, at) : this.item(bytes, at, level);
      if (next === MORE) return 'more';
      if (next === BAD) {
        this.reset();
        return 'bad';
      }
      this.passed = next - start;
      this.values++;
    }
    const end = start + this.passed;
    this.reset();
    return end;
  }

  /** Behind a field with its value, or with the head of a value that has others inside. */
  private field(bytes: Uint8Array, at: number): number {
    const head = bytes[at];
    if (head === undefined) return this.missing(1);
    const type = this.isCompact ? (compactTypes[head & 0x0f] ?? -1) : head;
    if (type === Type.STOP) {
      this.levels.pop();
      return at + 1;
    }
    if (!isType(type)) return BAD;
    if (!this.isCompact) return this.value(bytes, at + 3, type);
    if (head >> 4 === 0) {
      const fault = this.varint(bytes, at + 1);
      if (fault < 0) return fault;
    } else {
      this.end = at + 1;
    }
    // A compact field is its own boolean.
    return type === Type.BOOL ? this.end : this.value(bytes, this.end, type);
  }

  private item(bytes: Uint8Array, at: number, level: Level): number {
    if (level.left === 0) {
      this.levels.pop();
      return at;
    }
    const next = this.value(bytes, at, level.left % 2 === 0 ? level.keyType : level.type);
    if (next >= 0) level.left--;
    return next;
  }

  private value(bytes: Uint8Array, at: number, type: number): number {
    switch (type) {
      case Type.BOOL:
      case Type.BYTE:
        return this.upTo(bytes, at + 1);
      case Type.DOUBLE:
        return this.upTo(bytes, at + 8);
      case Type.UUID:
        return this.upTo(bytes, at + 16);
      case Type.I16:
        return this.isCompact ? this.varint(bytes, at) : this.upTo(bytes, at + 2);
      case Type.I32:
        return this.isCompact ? this.varint(bytes, at) : this.upTo(bytes, at + 4);
      case Type.I64:
        return this.isCompact ? this.varint(bytes, at) : this.upTo(bytes, at + 8);
      case Type.STRING: {
        const fault = this.isCompact ? this.varint(bytes, at) : this.int32(bytes, at);
        if (fault < 0) return fault;
        return this.number < 0 ? BAD : this.upTo(bytes, this.end + this.number);
      }
      case Type.STRUCT:
        return this.opens(at, { left: -1, keyType: Type.STOP, type: Type.STOP });
      case Type.LIST:
      case Type.SET:
        return this.list(bytes, at);
      case Type.MAP:
        return this.map(bytes, at);
      default:
        return BAD;
    }
  }

  private list(bytes: Uint8Array, at: number): number {
    const head = bytes[at];
    if (head === undefined) return this.missing(1);
    const type = this.isCompact ? (compactTypes[head & 0x0f] ?? -1) : head;
    if (this.isCompact && head >> 4 < 15) {
      this.number = head >> 4;
      this.end = at + 1;
    } else {
      const fault = this.isCompact ? this.varint(bytes, at + 1) : this.int32(bytes, at + 1);
      if (fault < 0) return fault;
    }
    return this.opens(this.end, { left: this.number, keyType: type, type });
  }

  private map(bytes: Uint8Array, at: number): number {
    if (!this.isCompact) {
      const fault = this.int32(bytes, at + 2);
      if (fault < 0) return fault;
      return this.opens(this.end, { left: 2 * this.number, keyType: bytes[at] ?? 0, type: bytes[at + 1] ?? 0 });
    }
    const fault = this.varint(bytes, at);
    if (fault < 0 || this.number === 0) return fault;
    const types = bytes[this.end];
    if (types === undefined) return this.missing(1);
    const [keyType = -1, type = -1] = [compactTypes[types >> 4], compactTypes[types & 0x0f]];
    return this.opens(this.end + 1, { left: 2 * this.number, keyType, type });
  }

  /** Its values begin at `at`. Each has a byte at least, so a count that lies ends where the bytes do. */
  private opens(at: number, level: Level): number {
    const { left, keyType, type } = level;
    if (this.levels.length > MAX_DEPTH || left < -1 || (left > 0 && !(isValue(keyType) && isValue(type)))) return BAD;
    this.levels.push(level);
    return at;
  }

  private upTo(bytes: Uint8Array, end: number): number {
    return end > bytes.length ? this.missing(end - bytes.length) : end;
  }

  private missing(bytes: number): number {
    this.atLeast = bytes;
    return MORE;
  }

  /** Reads a number of four bytes; where it ends, or what is amiss. */
  private int32(bytes: Uint8Array, at: number): number {
    this.end = at + 4;
    this.number =
      ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    return this.upTo(bytes, this.end);
  }

  private varint(bytes: Uint8Array, at: number): number {
    let number = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = bytes[at + i];
      if (byte === undefined) return this.missing(1);
      if (i < 5) number |= (byte & 0x7f) << (7 * i);
      if (byte >= 0x80) continue;
      this.end = at + i + 1;
      this.number = number >>> 0;
      return this.end;
    }
    return BAD;
  }
}

const isValue = (type: number): boolean => isType(type) && type !== Type.STOP;
