/** Strings of byte ranges that come again and again (methods, paths, media types): each is made once. */

/** Full, it starts again: a flood of new values costs time, never memory. */
const CAPACITY = 8192;
const MASK = CAPACITY - 1;
/** Longer values are unlikely to come again. */
const MAX_LENGTH = 256;

export class Interner {
  private texts: (string | undefined)[] = new Array<string | undefined>(CAPACITY).fill(undefined);
  private size = 0;

  /** The latin1 text of `bytes[start, end)`. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_LENGTH) return latin1(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
    let slot = (hash ^ (hash >>> 15)) & MASK;
    for (;;) {
      const known = this.texts[slot];
      if (known === undefined) break;
      if (known.length === length && isSame(known, bytes, start)) return known;
      slot = (slot + 1) & MASK;
    }
    if (this.size >= CAPACITY / 2) {
      this.texts.fill(undefined);
      this.size = 0;
    }
    const text = latin1(bytes, start, end);
    this.texts[slot] = text;
    this.size++;
    return text;
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
