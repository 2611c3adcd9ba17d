/** Classes and keys of Hessian 2, by the bytes that name them: each is looked at once. */

import { ByteInterner } from '../../decode/interner.ts';
import { isTraceField } from '../../decode/trace.ts';
import { piece } from '../../json/json-writer.ts';
import { isSecretName } from './bodies.ts';
import { textOf } from './hessian.ts';
import { textEnd, textStart } from './hessian-text.ts';

const ZERO = 0x30;
const NINE = 0x39;

/** A key of a map, or the name of a field. */
export interface KeyFacts {
  readonly name: string;
  /** `,"item":` */
  readonly key: Uint8Array;
  /** Stands in an object where it is written: an index would not, nor would the name of a prototype. */
  readonly isPlain: boolean;
  readonly isSecret: boolean;
  /** The same in lower case may carry a trace id. */
  readonly mayTrace: boolean;
}

export const keys = new ByteInterner((bytes, start, end): KeyFacts => {
  const name = textOf(bytes.subarray(start, end));
  const first = name.charCodeAt(0);
  return {
    name,
    key: piece(`,${JSON.stringify(name)}:`),
    isPlain: !(first >= ZERO && first <= NINE) && name !== '__proto__',
    isSecret: isSecretName(name),
    mayTrace: isTraceField(name.toLowerCase()),
  };
});

/** A class: its name, and the keys of its fields. */
export interface Definition {
  /** `{"class":"Shop$Order"` */
  readonly head: Uint8Array;
  readonly name: string;
  readonly fields: readonly KeyFacts[];
  readonly isPlain: boolean;
}

/** By the bytes of the whole definition, which comes with every message. */
export const definitions = new ByteInterner((bytes, start, end): Definition => {
  const walk = new TextWalk(bytes, start, end);
  const name = walk.text();
  const count = walk.int();
  const fields: KeyFacts[] = [];
  while (fields.length < count) {
    const from = walk.at;
    walk.skip();
    fields.push(keys.of(bytes, textStart(bytes[from] ?? 0, from), walk.at));
  }
  const names = new Set(fields.map((field) => field.name));
  const isPlain = names.size === fields.length && !names.has('class') && fields.every((field) => field.isPlain);
  return { head: piece(`{"class":${JSON.stringify(name)}`), name, fields, isPlain };
});

/** Reads what definitions are made of: texts, and a number of one byte. */
export class TextWalk {
  readonly bytes: Uint8Array;
  at: number;
  private readonly limit: number;

  constructor(bytes: Uint8Array, at: number, limit: number) {
    this.bytes = bytes;
    this.at = at;
    this.limit = limit;
  }

  /** Passes over a text; false where none stands. */
  skip(): boolean {
    const end = textEnd(this.bytes, this.at, this.limit);
    if (end >= 0) this.at = end;
    return end >= 0;
  }

  text(): string {
    const from = this.at;
    if (!this.skip()) return '';
    return textOf(this.bytes.subarray(textStart(this.bytes[from] ?? 0, from), this.at));
  }

  /** -1 where none of one byte stands, or one below 0. */
  int(): number {
    const code = this.bytes[this.at] ?? 0;
    if (this.at >= this.limit || code < 0x90 || code > 0xbf) return -1;
    this.at++;
    return code - 0x90;
  }
}
