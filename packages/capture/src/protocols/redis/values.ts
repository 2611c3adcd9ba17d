/**
 * Builds values from RESP tokens: JSON for people and filters, bounded in depth, elements and bytes. What is beyond a
 * bound is read and counted but not kept.
 */

import type { JsonValue } from '@kubeshark/model';
import { printable } from '../../decode/printable.ts';
import { type AggregateType, type BulkType, type LineType, type RespToken, readToken } from './wire.ts';

/** Deeper values are no reply of a server: replies of scripts are cut at 7, modules stay far below this. */
export const MAX_DEPTH = 64;
/** Elements kept of one value, all levels together; a whole-keyspace reply is not worth more to a reader. */
export const MAX_KEPT_ELEMENTS = 4096;

export interface RespValue {
  readonly type: LineType | BulkType | AggregateType | 'inline';
  readonly value: JsonValue;
  /** First word and text of an error reply. */
  readonly error?: { readonly kind: string; readonly text: string };
  readonly isTruncated: boolean;
}

interface Frame {
  readonly type: AggregateType;
  /** Elements still to come; Infinity while streamed. A map counts keys and values. */
  left: number;
  readonly items: JsonValue[];
}

/** A 64-bit integer: a number while that is exact, else its digits. */
function integerOf(text: string): JsonValue {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

function doubleOf(text: string): JsonValue {
  const value = Number(text);
  return Number.isFinite(value) ? value : text; // inf, -inf and nan are words in RESP3 and have no JSON number
}

/** What a line tells, its type and CRLF left out. */
export function lineValue(type: LineType, bytes: Uint8Array): JsonValue {
  const text = printable(bytes);
  switch (type) {
    case ':':
      return integerOf(text);
    case ',':
      return doubleOf(text);
    case '#':
      return text === 't';
    case '_':
      return null;
    case '-':
      return { error: text };
    default:
      return text;
  }
}

const mapOf = (items: readonly JsonValue[]): JsonValue => {
  const map: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (let index = 0; index + 1 < items.length; index += 2) {
    const key = items[index];
    map[typeof key === 'string' ? key : JSON.stringify(key)] = items[index + 1] ?? null;
  }
  return { ...map };
};

/** Puts the tokens of one side together; `take` answers each time a whole value is there. */
export class ValueBuilder {
  /** Bytes of the string being read, CRLF included: what the reader must be told. */
  remaining = 0;
  readonly #maxBytes: number;
  #stack: Frame[] = [];
  #parts: Uint8Array[] = [];
  #partType: BulkType = '$';
  #isStreamedString = false;
  #kept = 0;
  #elements = 0;
  #isTruncated = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True between the first token of a value and its last. */
  get isInside(): boolean {
    return this.#stack.length > 0 || this.remaining > 0 || this.#isStreamedString;
  }

  /** Forgets the value being built. */
  reset(): void {
    this.#stack = [];
    this.#parts = [];
    this.#isStreamedString = false;
    this.#kept = 0;
    this.#elements = 0;
    this.#isTruncated = false;
    this.remaining = 0;
  }

  /** Bytes of the current string that were lost or will not be looked at. False when the loss reaches beyond them. */
  skip(length: number): boolean {
    if (length >= this.remaining - 2) return false;
    this.remaining -= length;
    this.#isTruncated = true;
    return true;
  }

  /** The whole value that this token ends, `undefined` while it goes on, a fault when it cannot be. */
  take(token: RespToken): RespValue | { readonly fault: string } | undefined {
    switch (token.kind) {
      case 'inline':
        return { type: 'inline', value: printable(token.bytes), isTruncated: false };
      case 'line':
        return this.#add(token.type, lineValue(token.type, token.bytes));
      case 'string':
        return this.#add(token.type, this.#stringValue(token.type, this.#keep(token.bytes)));
      case 'bulk':
        // Only strings can be null.
        if (token.length === 'null' && token.type === '!') return { fault: 'an error without a text' };
        if (token.length === 'null') return this.#add(token.type, null);
        this.#partType = token.type;
        this.#parts = [];
        if (token.length === 'streamed') this.#isStreamedString = true;
        else this.remaining = token.length + 2;
        return undefined;
      case 'chunk':
        if (!this.#isStreamedString) return { fault: 'chunk outside of a streamed string' };
        if (token.length > 0) {
          this.remaining = token.length + 2;
          return undefined;
        }
        this.#isStreamedString = false;
        return this.#endString();
      case 'part':
        this.remaining -= token.bytes.length + (token.isLast ? 2 : 0);
        this.#parts.push(this.#keep(token.bytes).slice());
        if (token.isLast) this.remaining = 0;
        return token.isLast && !this.#isStreamedString ? this.#endString() : undefined;
      case 'aggregate':
        return this.#open(token.type, token.count);
      case 'end': {
        const frame = this.#stack.at(-1);
        if (frame?.left !== Number.POSITIVE_INFINITY) return { fault: 'end of an aggregate that was not streamed' };
        return this.#closeFrame();
      }
    }
  }

  #open(type: AggregateType, count: number | 'null' | 'streamed'): RespValue | { readonly fault: string } | undefined {
    if (count === 'null') return this.#add(type, null);
    if (this.#stack.length >= MAX_DEPTH) return { fault: 'nesting too deep' };
    const elements = count === 'streamed' ? Number.POSITIVE_INFINITY : type === '%' || type === '|' ? count * 2 : count;
    this.#stack.push({ type, left: elements, items: [] });
    return elements === 0 ? this.#closeFrame() : undefined;
  }

  #closeFrame(): RespValue | undefined {
    const frame = this.#stack.pop();
    if (frame === undefined) return undefined;
    if (frame.type === '|') {
      // Attributes annotate the value that follows and are not counted as an element.
      return undefined;
    }
    return this.#add(frame.type, frame.type === '%' ? mapOf(frame.items) : frame.items);
  }

  #endString(): RespValue | undefined {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0);
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    return this.#add(this.#partType, this.#stringValue(this.#partType, whole));
  }

  #stringValue(type: BulkType, bytes: Uint8Array): JsonValue {
    const text = printable(bytes);
    if (type === '!') return { error: text };
    return type === '=' && text[3] === ':' ? text.slice(4) : text;
  }

  /** The part of these bytes that is within the budget of one value. */
  #keep(bytes: Uint8Array): Uint8Array {
    const room = this.#maxBytes - this.#kept;
    if (bytes.length > room) this.#isTruncated = true;
    const kept = bytes.length > room ? bytes.subarray(0, Math.max(0, room)) : bytes;
    this.#kept += kept.length;
    return kept;
  }

  #add(type: RespValue['type'], value: JsonValue): RespValue | undefined {
    const frame = this.#stack.at(-1);
    if (frame === undefined) {
      const whole: RespValue = {
        type,
        value,
        isTruncated: this.#isTruncated,
        ...((type === '-' || type === '!') && { error: errorOf((value as { error: string }).error) }),
      };
      this.reset();
      return whole;
    }
    this.#elements += 1;
    if (this.#elements <= MAX_KEPT_ELEMENTS) frame.items.push(value);
    else this.#isTruncated = true;
    frame.left -= 1;
    return frame.left === 0 ? this.#closeFrame() : undefined;
  }
}

/** `WRONGTYPE Operation against …` → its first word and the whole text; a reply without such a word is `ERR`. */
export function errorOf(text: string): { kind: string; text: string } {
  return { kind: /^[A-Z][A-Z0-9_]*/.exec(text)?.[0] ?? 'ERR', text };
}

/** The value in `bytes[start, end)`, which is whole and of the usual types. */
export function wholeValue(bytes: Uint8Array, start: number, end: number): RespValue {
  const builder = new ValueBuilder(end - start);
  for (let at = start; at < end; ) {
    const parsed = readToken(bytes, at, builder.remaining);
    if (parsed.kind !== 'done') break;
    const taken = builder.take(parsed.value);
    if (taken !== undefined && !('fault' in taken)) return taken;
    at = parsed.end;
  }
  return NO_VALUE;
}

export const NO_VALUE: RespValue = { type: '$', value: null, isTruncated: false };
