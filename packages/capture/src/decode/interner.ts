/** Values of byte ranges that come again and again (methods, request lines, media types): each is made once. */

/** Full, it starts again: a flood of new values costs time, never memory. */
const CAPACITY = 8192;
const MASK = CAPACITY - 1;
/** Longer values are unlikely to come again. */
const MAX_LENGTH = 256;

export class Interner<Value = string> {
  private readonly make: (text: string) => Value;
  private readonly texts = new Array<string | undefined>(CAPACITY).fill(undefined);
  private readonly values = new Array<Value | undefined>(CAPACITY).fill(undefined);
  private size = 0;

  /** `make` turns the text of a range, read as latin1, into the value that is kept for it. */
  constructor(make: (text: string) => Value) {
    this.make = make;
  }

  /** The value of `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): Value {
    const length = end - start;
    if (length > MAX_LENGTH) return this.make(latin1(bytes, start, end));
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
    let slot = (hash ^ (hash >>> 15)) & MASK;
    for (;;) {
      const known = this.texts[slot];
      if (known === undefined) break;
      // A text is only there with its value.
      if (known.length === length && isSame(known, bytes, start)) return this.values[slot] as Value;
      slot = (slot + 1) & MASK;
    }
    if (this.size >= CAPACITY / 2) this.clear();
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
