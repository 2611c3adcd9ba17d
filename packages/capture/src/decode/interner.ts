/** Values of byte ranges that come again and again (methods, request lines, media types): each is made once. */

export interface InternerLimits {
  /** A power of two, twice what is kept. Full, it starts again: a flood of new values costs time, never memory. */
  readonly capacity: number;
  /** Longer values are unlikely to come again: they are made each time. */
  readonly maxLength: number;
}
const defaultLimits: InternerLimits = { capacity: 8192, maxLength: 256 };

export class Interner<Value = string> {
  private readonly make: (text: string) => Value;
  private readonly keys: (Uint8Array | undefined)[];
  private readonly values: (Value | undefined)[];
  private readonly mask: number;
  private readonly maxLength: number;
  private size = 0;
  /** What was asked for last: often asked for again. */
  private last: Uint8Array | null = null;
  private lastValue: Value | undefined;

  /** `make` turns the text of a range, read as latin1, into the value that is kept for it. */
  constructor(make: (text: string) => Value, { capacity, maxLength }: InternerLimits = defaultLimits) {
    this.make = make;
    this.keys = new Array<Uint8Array | undefined>(capacity).fill(undefined);
    this.values = new Array<Value | undefined>(capacity).fill(undefined);
    this.mask = capacity - 1;
    this.maxLength = maxLength;
  }

  /** The value of `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): Value {
    const length = end - start;
    if (length > this.maxLength) return this.make(latin1(bytes, start, end));
    const { last } = this;
    if (last !== null && isSame(last, bytes, { start, length })) return this.lastValue as Value;
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
    let slot = (hash ^ (hash >>> 15)) & this.mask;
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
    const value = this.make(latin1(bytes, start, end));
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
