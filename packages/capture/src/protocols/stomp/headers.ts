/** Names of headers, which come again and again: each is kept with what it is for and as JSON. */

import { ByteInterner } from '../../decode/interner.ts';
import { isTraceField } from '../../decode/trace.ts';
import { piece } from '../../json/json-writer.ts';

/** Half as many are kept. */
const KEPT_NAMES = { capacity: 4096, maxLength: 128 } as const;

/** Headers that say something of their frame; 0 is any other. */
export const Role = {
  OTHER: 0,
  DESTINATION: 1,
  RECEIPT: 2,
  RECEIPT_ID: 3,
  ID: 4,
  MESSAGE_ID: 5,
  ACK: 6,
  SUBSCRIPTION: 7,
  TRANSACTION: 8,
  HOST: 9,
  LOGIN: 10,
  /** What a client logs in with: it is never kept. */
  PASSCODE: 11,
  CONTENT_LENGTH: 12,
  CONTENT_TYPE: 13,
  SERVER: 14,
  VERSION: 15,
  MESSAGE: 16,
} as const;
export type Role = (typeof Role)[keyof typeof Role];
/** How many there are. */
export const ROLES = Object.keys(Role).length;

const roles: ReadonlyMap<string, Role> = new Map(
  Object.entries(Role).map(([name, role]) => [name.toLowerCase().replace('_', '-'), role]),
);

export class HeaderName {
  readonly text: string;
  readonly role: Role;
  readonly isTrace: boolean;
  /** Numbers stand first in an object, and this name is no name there. */
  readonly isOdd: boolean;
  /** As it stands in a frame, with its colon; null for one that has to be unescaped, or was. */
  readonly #line: Uint8Array | null;
  #key: Uint8Array | undefined;

  constructor(text: string, line: Uint8Array | null = null) {
    this.text = text;
    this.#line = line;
    this.role = roles.get(text) ?? Role.OTHER;
    this.isTrace = isTraceField(text);
    this.isOdd = /^\d/.test(text) || text === '__proto__';
  }

  /** Where its value begins, if it is the name of the header at `start`; -1 if it is not. */
  valueAt(bytes: Uint8Array, start: number, until: number): number {
    const line = this.#line;
    if (line === null || start + line.length > until) return -1;
    for (let i = 0; i < line.length; i++) if (line[i] !== bytes[start + i]) return -1;
    return start + line.length;
  }

  /** As a member of an object, a comma before it. */
  get key(): Uint8Array {
    this.#key ??= piece(`,${JSON.stringify(this.text)}:`);
    return this.#key;
  }
}

const names = new ByteInterner((bytes, start, end) => {
  const text = Buffer.prototype.utf8Slice.call(bytes, start, end);
  return new HeaderName(text, text.includes('\\') ? null : bytes.slice(start, end + 1));
}, KEPT_NAMES);

/** The name that bytes are, which a colon follows. */
export const nameAt = (bytes: Uint8Array, start: number, end: number): HeaderName => names.of(bytes, start, end);

const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\c': ':', '\\\\': '\\' };

/** A name or a value without its escapes (§"Value Encoding"). */
export const unescaped = (text: string): string => text.replaceAll(/\\[nrc\\]/g, (pair) => escapes[pair] ?? pair);
