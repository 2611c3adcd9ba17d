/**
 * JSON straight into bytes. Printing an entry by way of objects, strings and `JSON.stringify` costs several times the
 * dissection; what is written here is the same text, character for character.
 */

import { Remembered } from '../decode/remembered.ts';
import { keptBytes } from '../decode/slab.ts';
import { escapes, QUOTE } from './escapes.ts';
import { JsonTexts } from './json-texts.ts';

/** Values deeper or wider than that are left to `JSON.stringify`. */
const DEEPEST = 8;
const MOST_MEMBERS = 64;

/** JSON that is written again and again: copying bytes takes half as long as `raw` of a text. */
export const piece = (json: string): Uint8Array => keptBytes(json);

/** Some 2 MB when full. */
const names = new Remembered((text) => piece(JSON.stringify(text)), { texts: 8192, characters: 256 });

export class JsonWriter extends JsonTexts {
  /** Any value, as `JSON.stringify` writes it; nothing for undefined. */
  value(value: unknown): void {
    if (!this.small(value, 0)) this.stringified(value);
  }

  /** The same for values that are seldom small: what protocols tell of a call. */
  stringified(value: unknown): void {
    const json: string | undefined = JSON.stringify(value);
    if (json !== undefined) this.utf8(json);
  }

  /** Writes what can be written without `JSON.stringify`, which costs more than a small value; else answers false. */
  private small(value: unknown, depth: number): boolean {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (value === null) this.raw('null');
    else if (typeof value === 'boolean') this.raw(value ? 'true' : 'false');
    else if (typeof value !== 'object' || depth > DEEPEST) return false;
    else return Array.isArray(value) ? this.list(value, depth) : this.object(value, depth);
    return true;
  }

  private list(values: readonly unknown[], depth: number): boolean {
    if (values.length > MOST_MEMBERS) return false;
    const start = this.length;
    this.raw('[');
    for (let i = 0; i < values.length; i++) {
      if (i > 0) this.raw(',');
      if (!this.small(values[i], depth + 1)) return this.takeBack(start);
    }
    this.raw(']');
    return true;
  }

  private object(value: object, depth: number): boolean {
    const prototype: unknown = Object.getPrototypeOf(value);
    if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in value) return false;
    const start = this.length;
    let separator = '{';
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      this.raw(separator);
      separator = ',';
      this.text(key);
      this.raw(':');
      if (!this.small(member, depth + 1)) return this.takeBack(start);
    }
    this.raw(separator === '{' ? '{}' : '}');
    return true;
  }

  private takeBack(start: number): false {
    this.length = start;
    return false;
  }

  /** JSON text, ASCII or not. */
  utf8(json: string): void {
    this.reserve(json.length * 3);
    this.length += this.bytes.write(json, this.length, 'utf8');
  }

  /** A string. */
  text(text: string): void {
    this.reserve(text.length + 2);
    const { bytes } = this;
    const start = this.length;
    let at = start;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80 || escapes[code] !== 0) {
        this.length = start;
        this.stringified(text);
        return;
      }
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.length = at;
  }

  /** A string that comes again and again: an address, a method, an endpoint. Copied, it costs a third. */
  name(text: string): void {
    this.copyOf(names.of(text));
  }
}
