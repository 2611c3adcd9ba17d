/**
 * The Basic Encoding Rules as LDAP restricts them (RFC 4511 §5.1, ITU-T X.690): tags of one byte, definite lengths.
 *
 *   tag (class, constructed, number) · length (one byte below 128, or 0x80 + n and n bytes) · content
 */

/** Bytes a length may take: four of them already say more than any message has. */
const MAX_LENGTH_BYTES = 4;
const LONG_FORM = 0x80;

export const INTEGER = 0x02;
export const SEQUENCE = 0x30;

/** One element: what it is, and where its content lies. */
export interface Element {
  readonly tag: number;
  readonly start: number;
  /** Where the content ends, or would end: the bytes may stop before. */
  readonly end: number;
}

/** The head of the element at `at`, of bytes that end at `limit`: undefined while bytes of it are missing, `bad` when it is none. */
export function headAt(bytes: Uint8Array, at: number, limit = bytes.length): Element | 'bad' | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit) return undefined;
  // Numbers above 30 take more bytes; LDAP has none.
  if ((tag & 0x1f) === 0x1f) return 'bad';
  if (first < LONG_FORM) return { tag, start: at + 2, end: at + 2 + first };
  const count = first - LONG_FORM;
  if (count === 0 || count > MAX_LENGTH_BYTES) return 'bad';
  if (limit < at + 2 + count) return undefined;
  let length = 0;
  for (let index = 0; index < count; index++) length = length * 256 + (bytes[at + 2 + index] ?? 0);
  const start = at + 2 + count;
  return { tag, start, end: start + length };
}

/** Walks over elements that lie behind each other; ends where they end, and where they make no sense. */
export class Elements {
  readonly bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = Math.min(end, bytes.length);
  }

  /** The next element; the content of the last one may be cut. Undefined when there is none. */
  next(): Element | undefined {
    if (this.#at >= this.#end) return undefined;
    const head = headAt(this.bytes, this.#at);
    if (head === undefined || head === 'bad' || head.start > this.#end) {
      this.#at = this.#end;
      return undefined;
    }
    this.#at = head.end;
    return head.end > this.#end ? { ...head, end: this.#end } : head;
  }

  /** The next element when it has this tag; one with another tag stays. */
  take(tag: number): Element | undefined {
    return this.bytes[this.#at] === tag ? this.next() : undefined;
  }

  /** The elements inside one. */
  inside({ start, end }: Element): Elements {
    return new Elements(this.bytes, start, end);
  }

  content({ start, end }: Element): Uint8Array {
    return this.bytes.subarray(start, end);
  }
}

/** A whole number of up to six bytes, two's complement; undefined for anything longer. */
export function integerIn(bytes: Uint8Array, { start, end }: Element): number | undefined {
  const length = end - start;
  if (length < 1 || length > 6 || end > bytes.length) return undefined;
  let value = (bytes[start] ?? 0) >= 0x80 ? -1 : 0;
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] ?? 0);
  return value;
}
