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
  private readonly texts: (string | undefined)[];
  private readonly values: (Value | undefined)[];
  private readonly mask: number;
  private readonly maxLength: number;
  private size = 0;
  /** What was asked for last: often asked for again. */
  private last: string | null = null;
  private lastValue: Value | undefined;

  /** `make` turns the text of a range, read as latin1, into the value that is kept for it. */
  constructor(make: (text: string) => Value, { capacity, maxLength }: InternerLimits = defaultLimits) {
    this.make = make;
    this.texts = new Array<string | undefined>(capacity).fill(undefined);
    this.values = new Array<Value | undefined>(capacity).fill(undefined);
    this.mask = capacity - 1;
    this.maxLength = maxLength;
  }

  /** The value of `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): Value {
    const length = end - start;
    if (length > this.maxLength) return this.make(latin1(bytes, start, end));
    const { last } = this;
    if (last !== null && last.length === length && isSame(last, bytes, start)) return this.lastValue as Value;
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const known = this.texts[slot];
      if (known === undefined) break;
      // A text is only there with its value.
<<<<<<< HEAD
      if (known.length === length && isSame(known, bytes, start)) return this.values[slot] as Value;
      slot = (slot + 1) & this.mask;
=======
      if (known.length === length && isSame(known, bytes, start)) {
        this.last = known;
        this.lastValue = this.values[slot];
        return this.lastValue as Value;
      }
      slot = (slot + 1) & MASK;
>>>>>>> 549bc4e (capture/http: a message is its own head and content)
    }
    if (this.size > this.mask / 2) this.clear();
    const text = latin1(bytes, start, end);
    const value = this.make(text);
    this.texts[slot] = text;
    this.values[slot] = value;
    this.size++;
    return value;
  }

  private clear(): void {
    this.texts.fill(undefined);
    this.values.fill(undefined);
    this.size = 0;
  }
}

/** Text of bytes as latin1, which is what head sections are read as (RFC 9110 §5.5). */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end);
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
