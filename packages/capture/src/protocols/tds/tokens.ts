/** What a server answers: tokens one after the other ([MS-TDS] §2.2.7), read as far as they are kept and known. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { printable } from '../../decode/printable.ts';
import { longText, shortText } from './text.ts';
import { type Dialect, readValue, skipValue, type TypeInfo, typeInfo } from './types.ts';

/** Rows kept of one answer. */
export const MAX_ROWS = 20;
/** Columns of one table: SQL Server's own limit of a SELECT. */
const MAX_COLUMNS = 4096;
/** Texts of messages kept of one answer. */
const MAX_MESSAGES = 16;
/** Severities from here on are errors; what is below informs. */
const FIRST_ERROR_CLASS = 11;
const NO_COLUMNS = 0xffff;
const DONE_ERROR = 0x02;
const DONE_COUNT = 0x10;
const DONE_IN_TRANSACTION = 0x04;
const DONE_ATTENTION = 0x20;

interface Failure {
  readonly number: number;
  readonly severity: number;
  readonly state: number;
  readonly message: string;
  readonly procedure: string;
  readonly line: number;
}

export interface Answer {
  failure: Failure | undefined;
  readonly messages: string[];
  readonly rows: JsonObject[];
  /** Rows sent or changed, as the server counted them. */
  rowCount: number | undefined;
  results: number;
  returnStatus: number | undefined;
  readonly outputs: Record<string, JsonValue>;
  database: string | undefined;
  server: string | undefined;
  /** Of the login: what both speak. */
  version: number | undefined;
  transaction: 'begun' | 'committed' | 'rolled back' | undefined;
  isCancelled: boolean;
  isLoginAccepted: boolean;
  /** Something could not be read: what is behind it is not told. */
  isCut: boolean;
}

interface Column {
  readonly name: string;
  readonly type: TypeInfo;
}

const emptyAnswer = (): Answer => ({
  failure: undefined,
  messages: [],
  rows: [],
  rowCount: undefined,
  results: 0,
  returnStatus: undefined,
  outputs: {},
  database: undefined,
  server: undefined,
  version: undefined,
  transaction: undefined,
  isCancelled: false,
  isLoginAccepted: false,
  isCut: false,
});

export interface Reading {
  readonly dialect: Dialect;
  /** The login and all of TDS 5: text is of one byte a character where that version was chosen. */
  readonly isOld: boolean;
  /** Rows are made for whoever looks closer; else they are only passed over. */
  readonly hasRows: boolean;
}

/** An answer as far as it is kept: all, or its beginning with its last bytes, which tell how it ended. */
export interface KeptAnswer {
  readonly bytes: Uint8Array;
  readonly tail: Uint8Array;
  readonly isCut: boolean;
}

export function readAnswer({ bytes, tail, isCut }: KeptAnswer, reading: Reading): Answer {
  const answer = emptyAnswer();
  const reader = new ByteReader(bytes);
  const walk = new Walk(reader, answer, reading);
  while (reader.left > 0 && walk.token());
  if (isCut || reader.left > 0 || reader.isShort) {
    answer.isCut = true;
    endOf(tail, reading, answer);
  }
  return answer;
}

/** Where the tokens could not be read to their end, the last of them is known by its length. */
function endOf(tail: Uint8Array, { dialect }: Reading, answer: Answer): void {
  const size = dialect.isModern ? 13 : 9;
  const done = tail.subarray(-size);
  if (done.length < size || (done[0] ?? 0) < 0xfd) return;
  const reader = new ByteReader(done, 1);
  const status = reader.u16le();
  reader.skip(2);
  const count = dialect.isModern ? Number(reader.u64le()) : reader.u32le();
  if ((status & DONE_COUNT) !== 0) answer.rowCount ??= count;
  if ((status & DONE_ERROR) !== 0)
    answer.failure ??= { number: 0, severity: 0, state: 0, message: 'error', procedure: '', line: 0 };
}

class Walk {
  readonly #reader: ByteReader;
  readonly #answer: Answer;
  readonly #reading: Reading;
  #columns: readonly Column[] = [];

  constructor(reader: ByteReader, answer: Answer, reading: Reading) {
    this.#reader = reader;
    this.#answer = answer;
    this.#reading = reading;
  }

  /** Reads one; false when it is none that is known, or is not here whole. */
  token(): boolean {
    const reader = this.#reader;
    const token = reader.u8();
    switch (token) {
      case 0x81:
        return this.#columnsOf();
      case 0xd1:
      case 0xd2:
        return this.#row(token === 0xd2);
      case 0xfd:
      case 0xfe:
      case 0xff:
        this.#done(token);
        break;
      case 0x79:
        this.#answer.returnStatus = reader.i32le();
        break;
      case 0xac:
        return this.#output();
      case 0xae:
        for (let feature = reader.u8(); feature !== 0xff && !reader.isShort; feature = reader.u8())
          reader.skip(reader.u32le());
        break;
      case 0xe4:
      case 0xee:
        if (this.#reading.isOld) return false;
        reader.skip(reader.u32le());
        break;
      case 0xaa:
      case 0xab:
      case 0xe3:
      case 0xad:
      case 0xe5:
      case 0xa9:
      case 0xa4:
      case 0xa5:
      case 0xed:
      case 0xe2:
        this.#counted(token, new ByteReader(reader.view(reader.u16le())));
        break;
      default:
        return false;
    }
    return !reader.isShort;
  }

  /** Tokens with their length before them. */
  #counted(token: number, inside: ByteReader): void {
    switch (token) {
      case 0xaa:
      case 0xab:
        return this.#message(inside);
      case 0xe5:
        return this.#oldMessage(inside);
      case 0xe3:
        return this.#change(inside);
      case 0xad: {
        this.#answer.isLoginAccepted = !this.#reading.isOld || inside.u8() === 5;
        if (!this.#reading.isOld) inside.skip(1);
        this.#answer.version = inside.u32();
        this.#answer.server = this.#short(inside).replaceAll('\0', '');
      }
    }
  }

  #short(reader: ByteReader): string {
    return this.#reading.isOld ? printable(reader.view(reader.u8())) : shortText(reader);
  }

  #message(inside: ByteReader): void {
    const [number, state, severity] = [inside.i32le(), inside.u8(), inside.u8()];
    const message = this.#reading.isOld ? printable(inside.view(inside.u16le())) : longText(inside);
    this.#short(inside);
    const procedure = this.#short(inside);
    const line = this.#reading.dialect.isModern && !this.#reading.isOld ? inside.u32le() : inside.u16le();
    this.#told({ number, state, severity, message, procedure, line });
  }

  /** EED of TDS 5: the state of SQL before the text. */
  #oldMessage(inside: ByteReader): void {
    const [number, state, severity] = [inside.i32le(), inside.u8(), inside.u8()];
    inside.skip(inside.u8() + 3);
    const message = printable(inside.view(inside.u16le()));
    inside.skip(inside.u8());
    const procedure = printable(inside.view(inside.u8()));
    this.#told({ number, state, severity, message, procedure, line: inside.u16le() });
  }

  #told(failure: Failure): void {
    const answer = this.#answer;
    if (failure.severity >= FIRST_ERROR_CLASS) answer.failure ??= failure;
    else if (answer.messages.length < MAX_MESSAGES) answer.messages.push(failure.message.trimEnd());
  }

  #change(inside: ByteReader): void {
    const type = inside.u8();
    if (type === 1) this.#answer.database = this.#short(inside);
    else if (type === 8) this.#answer.transaction = 'begun';
    else if (type === 9) this.#answer.transaction = 'committed';
    else if (type === 10) this.#answer.transaction = 'rolled back';
  }

  #done(token: number): void {
    const reader = this.#reader;
    const answer = this.#answer;
    const status = reader.u16le();
    reader.skip(2);
    const { isOld, dialect } = this.#reading;
    const count = dialect.isModern && !isOld ? Number(reader.u64le()) : reader.u32le();
    // The end of a procedure is no result of its own.
    if (token !== 0xfe) answer.results++;
    if ((status & DONE_COUNT) !== 0) answer.rowCount = (answer.rowCount ?? 0) + count;
    if ((status & DONE_ATTENTION) !== 0) answer.isCancelled = true;
    if ((status & DONE_ERROR) !== 0)
      answer.failure ??= { number: 0, severity: 0, state: 0, message: 'error', procedure: '', line: 0 };
    if ((status & DONE_IN_TRANSACTION) !== 0) answer.transaction ??= 'begun';
  }

  #head(): { readonly type: TypeInfo } | undefined {
    const reader = this.#reader;
    const { dialect } = this.#reading;
    // The user's type and flags say nothing of how values are read.
    reader.skip(dialect.isModern ? 6 : 4);
    const type = typeInfo(reader, dialect);
    return type === undefined ? undefined : { type };
  }

  #columnsOf(): boolean {
    const reader = this.#reader;
    const count = reader.u16le();
    if (count === NO_COLUMNS) return !reader.isShort;
    if (count > MAX_COLUMNS) return false;
    const columns: Column[] = [];
    while (columns.length < count) {
      const head = this.#head();
      if (head === undefined || reader.isShort) return false;
      if (head.type.form === 'long') {
        const parts = this.#reading.dialect.isModern ? reader.u8() : 1;
        for (let part = 0; part < parts; part++) longText(reader);
      }
      columns.push({ name: shortText(reader), type: head.type });
    }
    this.#columns = columns;
    return !reader.isShort;
  }

  /** A row of the second kind tells before it which of its values are null. */
  #row(hasBitmap: boolean): boolean {
    const reader = this.#reader;
    const columns = this.#columns;
    if (columns.length === 0) return false;
    const bitmap = hasBitmap ? reader.view(Math.ceil(columns.length / 8)) : undefined;
    const isNull = (index: number) => bitmap !== undefined && ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
    const { rows } = this.#answer;
    if (!this.#reading.hasRows || rows.length >= MAX_ROWS) {
      for (let index = 0; index < columns.length; index++) {
        const column = columns[index];
        if (column !== undefined && !isNull(index)) skipValue(reader, column.type);
      }
      return !reader.isShort;
    }
    const values = columns.map(({ type }, index) => (isNull(index) ? null : readValue(reader, type, true)));
    if (reader.isShort) return false;
    rows.push(rowObject(columns, values));
    return true;
  }

  #output(): boolean {
    const reader = this.#reader;
    reader.skip(2);
    const name = shortText(reader);
    reader.skip(1);
    const head = this.#head();
    if (head === undefined) return false;
    const value = readValue(reader, head.type, false);
    if (!reader.isShort)
      this.#answer.outputs[name === '' ? `#${Object.keys(this.#answer.outputs).length + 1}` : name] = value;
    return !reader.isShort;
  }
}

/** A name that comes again, and one that is empty, get their number. */
function rowObject(columns: readonly Column[], values: readonly JsonValue[]): JsonObject {
  const row: Record<string, JsonValue> = {};
  for (const [index, { name }] of columns.entries()) {
    const key = name === '' || Object.hasOwn(row, name) ? `${name}#${index + 1}` : name;
    row[key] = values[index] ?? null;
  }
  return row;
}
