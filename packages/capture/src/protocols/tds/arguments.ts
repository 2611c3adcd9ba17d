/** What procedures are called with ([MS-TDS] §2.2.6.6): where it lies, as objects, and as JSON. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { le32 } from '../../decode/little-endian.ts';
import { Slab } from '../../decode/slab.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { type Procedure, procedureByName, procedureByNumber } from './procedures.ts';
import { afterHeaders } from './requests.ts';
import { REDACTED, secretName, statementIn, statementOf } from './statements.ts';
import { utf16Text } from './text.ts';
import { type Dialect, lengthOfValue, skipValue, type TypeInfo, typeInfo } from './types.ts';
import { MAX_TEXT, readValue } from './values.ts';
import type { Kept } from './wire.ts';
import { writeValue } from './written-values.ts';

/** Arguments of one call: SQL Server's own limit is 2,100. */
const MAX_ARGUMENTS = 2100;
/** Of more it is not looked for names that come twice. */
const MAX_WRITTEN = 64;
const BY_NUMBER = 0xffff;
const MARK = piece(JSON.stringify(REDACTED));
/** `7`: objects have such keys before all others. */
const INDEX = /^\d+$/;

const copies = new Slab();
const nothing = new Uint8Array(0);

export interface Argument {
  readonly name: string;
  readonly value: JsonValue;
}

/** The name of an argument, which is the same from call to call. */
class Name {
  readonly text: string;
  readonly isSecret: boolean;
  readonly isIndex: boolean;
  /** As a key, behind the brace, and behind a comma. */
  readonly firstKey: Uint8Array;
  readonly nextKey: Uint8Array;

  constructor(text: string) {
    const key = `${JSON.stringify(text)}:`;
    this.text = text;
    this.isSecret = secretName.test(text);
    this.isIndex = INDEX.test(text) || text === '__proto__';
    this.firstKey = piece(`{${key}`);
    this.nextKey = piece(`,${key}`);
  }
}
const names = new ByteInterner((bytes, start, end) => new Name(utf16Text(bytes.subarray(start, end))));
/** Of arguments without one, by their place. */
const numbers: readonly Name[] = Array.from({ length: MAX_WRITTEN }, (_, index) => new Name(`#${index + 1}`));

/** The arguments of one call that are shown, and what the others say. */
export class Arguments {
  procedure: Procedure | undefined;
  /** The statement that is run. */
  statement: SqlStatement | undefined;
  /** The prepared statement that is run or forgotten. */
  handle: number | undefined;
  /** They could not be read to their end. */
  isCut = false;
  private bytes: Uint8Array = nothing;
  private start = 0;
  private end = 0;
  private count = 0;
  private dialect: Dialect | undefined;
  private isBorrowed = false;
  private readonly written: Name[] = [];

  /** Reads the call of a procedure. The bytes are kept as they lie, until `keep`. */
  read(kept: Kept, dialect: Dialect): void {
    const reader = new ByteReader(kept.bytes, afterHeaders(kept), kept.end);
    const procedure = readProcedure(reader);
    this.procedure = procedure;
    this.bytes = kept.bytes;
    this.start = reader.at;
    this.end = reader.at;
    this.dialect = dialect;
    this.isBorrowed = true;
    let index = 0;
    for (; reader.left > 0 && index < MAX_ARGUMENTS; index++) {
      if (index === procedure.before) this.start = reader.at;
      const type = readType(reader, dialect);
      if (type === undefined || reader.isShort) {
        this.isCut = true;
        break;
      }
      if (index === procedure.statement) this.statement = readStatement(reader, type);
      else if (index === 0 && procedure.runsHandle) this.handle = readHandle(reader, type);
      else skipValue(reader, type, false);
      if (reader.isShort) {
        this.isCut = true;
        break;
      }
      this.end = reader.at;
    }
    this.count = Math.max(0, index - procedure.before);
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** As objects. */
  list(): Argument[] {
    const { bytes, start, end, count, dialect, procedure } = this;
    const list: Argument[] = [];
    if (dialect === undefined) return list;
    const reader = new ByteReader(bytes, start, end);
    while (list.length < count) {
      const name = readName(reader);
      reader.skip(1);
      const type = typeInfo(reader, dialect);
      if (type === undefined) break;
      const value = readValue(reader, type, false);
      list.push({ name: name.text, value: procedure?.isSecret === true || name.isSecret ? REDACTED : value });
    }
    return list;
  }

  /** Writes them as an object; refuses what no object would have in this order. */
  write(json: JsonWriter): void {
    const { bytes, start, end, count, dialect, procedure, written } = this;
    if (count > MAX_WRITTEN || dialect === undefined) {
      json.isRefused = true;
      return;
    }
    const reader = new ByteReader(bytes, start, end);
    written.length = 0;
    for (let index = 0; index < count && !json.isRefused; index++) {
      const own = readName(reader);
      const name = own.text === '' ? (numbers[index] ?? own) : own;
      reader.skip(1);
      const type = typeInfo(reader, dialect);
      if (type === undefined || name.isIndex || this.comesTwice(name)) {
        json.isRefused = true;
        return;
      }
      written.push(name);
      json.copyOf(index === 0 ? name.firstKey : name.nextKey);
      if (procedure?.isSecret === true || own.isSecret) {
        json.copyOf(MARK);
        skipValue(reader, type, false);
      } else writeValue(json, reader, type, false);
    }
    json.raw('}');
  }

  private comesTwice({ text }: Name): boolean {
    const { written } = this;
    for (let i = 0; i < written.length; i++) if (written[i]?.text === text) return true;
    return false;
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    if (!this.isBorrowed) return;
    const length = this.end - this.start;
    this.isBorrowed = false;
    this.start = copies.copy(this.bytes, this.start, this.end);
    this.bytes = copies.block;
    this.end = this.start + length;
  }

  clear(): void {
    if (this.procedure === undefined) return;
    this.procedure = undefined;
    this.statement = undefined;
    this.handle = undefined;
    this.isCut = false;
    this.bytes = nothing;
    this.start = 0;
    this.end = 0;
    this.count = 0;
    this.isBorrowed = false;
  }
}

function readProcedure(reader: ByteReader): Procedure {
  const length = reader.u16le();
  const number = length === BY_NUMBER ? reader.u16le() : -1;
  const { at } = reader;
  if (number < 0) reader.skip(2 * length);
  const procedure =
    number < 0 ? procedureByName(reader.bytes, reader.isShort ? reader.at : at, reader.at) : procedureByNumber(number);
  reader.skip(2);
  return procedure;
}

/** Passes over the name and the status. */
function readType(reader: ByteReader, dialect: Dialect): TypeInfo | undefined {
  reader.skip(2 * reader.u8() + 1);
  return typeInfo(reader, dialect);
}

function readName(reader: ByteReader): Name {
  const bytes = 2 * reader.u8();
  const start = reader.at;
  reader.skip(bytes);
  return names.of(reader.bytes, reader.isShort ? reader.at : start, reader.at);
}

/** Text, which is longer than what is shown of a value seldom. */
function readStatement(reader: ByteReader, type: TypeInfo): SqlStatement | undefined {
  if (type.form === 'short' && type.width === 2) {
    const length = lengthOfValue(reader, type, false);
    const { bytes, at } = reader;
    if (length > 0) reader.skip(length);
    if (length < 0 || reader.isShort) return undefined;
    if (length <= MAX_TEXT * type.width) return statementIn(bytes, at, at + length);
    const text = readValue(new ByteReader(bytes, at - 2, at + length), type, false);
    return typeof text === 'string' ? statementOf(text) : undefined;
  }
  const text = readValue(reader, type, false);
  return typeof text === 'string' && !reader.isShort ? statementOf(text) : undefined;
}

function readHandle(reader: ByteReader, type: TypeInfo): number | undefined {
  const { at } = reader;
  if (type.id === INTEGER && reader.bytes[at] === 4) {
    reader.skip(5);
    return reader.isShort ? undefined : le32(reader.bytes, at + 1);
  }
  const value = readValue(reader, type, false);
  return typeof value === 'number' && !reader.isShort ? value : undefined;
}
/** One that may be null. */
const INTEGER = 0x26;
