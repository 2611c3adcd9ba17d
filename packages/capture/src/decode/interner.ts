/** Values of byte ranges that come again and again (methods, request lines, media types): each is made once. */

export interface InternerLimits {
  /** A power of two, twice what is kept. Full, it starts again: a flood of new values costs time, never memory. */
  readonly capacity: number;
  /** Longer values are unlikely to come again: they are made each time. */
  readonly maxLength: number;
}
const defaultLimits: InternerLimits = { capacity: 8192, maxLength: 256 };

export class ByteInterner<Value> {
  private readonly make: (bytes: Uint8Array, start: number, end: number) => Value;
  private readonly keys: (Uint8Array | undefined)[];
  private readonly values: (Value | undefined)[];
  private readonly mask: number;
  private readonly maxLength: number;
  private size = 0;
  /** What was asked for last: often asked for again. */
  private last: Uint8Array | null = null;
  private lastValue: Value | undefined;

  /** `make` turns a range into the value that is kept for it. */
  constructor(
    make: (bytes: Uint8Array, start: number, end: number) => Value,
    { capacity, maxLength }: InternerLimits = defaultLimits,
  ) {
    this.make = make;
    this.keys = new Array<Uint8Array | undefined>(capacity).fill(undefined);
    this.values = new Array<Value | undefined>(capacity).fill(undefined);
    this.mask = capacity - 1;
    this.maxLength = maxLength;
  }

  /** The value of `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): Value {
    const length = end - start;
    if (length > this.maxLength) return this.make(bytes, start, end);
    const { last } = this;
    if (last !== null && isSame(last, bytes, { start, length })) return this.lastValue as Value;
    let slot = hashOf(bytes, start, end) & this.mask;
    for (;;) {
      const known = this.keys[slot];
      if (known === undefined) break;
      // A key is only there with its value.
      if (isSame(known, bytes, { start, length })) {
        this.last = known;
        this.lastValue = this.values[slot];
        return this.lastValue as Value;
      }
      slot = (slot + 1) & this.mask;
    }
    if (this.size > this.mask / 2) this.clear();
    const value = this.make(bytes, start, end);
    this.keys[slot] = Uint8Array.prototype.slice.call(bytes, start, end);
    this.values[slot] = value;
    this.size++;
    return value;
  }

  private clear(): void {
    this.keys.fill(undefined);
    this.values.fill(undefined);
    this.size = 0;
  }
}

export class Interner<Value = string> extends ByteInterner<Value> {
  /** `make` is given the text of a range, read as latin1. */
  constructor(make: (text: string) => Value, limits: InternerLimits = defaultLimits) {
    super((bytes, start, end) => make(latin1(bytes, start, end)), limits);
  }
}

/** Four bytes a step: one multiplication waits for the one before. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x9e3779b1);
  return hash ^ (hash >>> 13);
}

/** Text of bytes as latin1, which is what head sections are read as (RFC 9110 §5.5). */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end);
}

function isSame(
  key: Uint8Array,
  bytes: Uint8Array,
  { start, length }: Readonly<Record<'start' | 'length', number>>,
): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
