/** How an answer went: what its tokens tell beside their rows ([MS-TDS] §2.2.7). */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import type { Dialect } from './types.ts';

/** Texts of messages kept of one answer. */
const MAX_MESSAGES = 16;
/** Severities from here on are errors; what is below informs. */
const FIRST_ERROR_CLASS = 11;
const DONE_ERROR = 0x02;
const DONE_IN_TRANSACTION = 0x04;
const DONE_COUNT = 0x10;
const DONE_ATTENTION = 0x20;
/** The end of a procedure: no result of its own. */
const DONE_PROCEDURE = 0xfe;
const FIRST_DONE = 0xfd;
const UNTOLD: Failure = { number: 0, severity: 0, state: 0, message: 'error', procedure: '', line: 0 };
/** Values that one procedure gives back: it has no more parameters. */
const MAX_OUTPUTS = 2100;
const none: readonly never[] = [];
const empty: Readonly<Record<string, never>> = {};

export interface Failure {
  readonly number: number;
  readonly severity: number;
  readonly state: number;
  readonly message: string;
  readonly procedure: string;
  readonly line: number;
}

export interface Reading {
  readonly dialect: Dialect;
  /** The login and all of TDS 5: text is of one byte a character where that version was chosen. */
  readonly isOld: boolean;
}

export class Answer {
  /** It has been read. */
  isKnown = false;
  failure: Failure | undefined;
  messages: readonly string[] = none;
  /** Rows sent or changed, as the server counted them. */
  rowCount: number | undefined;
  results = 0;
  returnStatus: number | undefined;
  private given: Record<string, JsonValue> | undefined;
  private outputCount = 0;
  database: string | undefined;
  server: string | undefined;
  /** Of the login: what both speak. */
  version: number | undefined;
  transaction: 'begun' | 'committed' | 'rolled back' | undefined;
  isCancelled = false;
  isLoginAccepted = false;
  /** Bytes up to the end of the last row; 0 when there is none. */
  rowsEnd = 0;

  clear(): void {
    this.isKnown = false;
    this.failure = undefined;
    this.messages = none;
    this.rowCount = undefined;
    this.results = 0;
    this.returnStatus = undefined;
    this.given = undefined;
    this.outputCount = 0;
    this.database = undefined;
    this.server = undefined;
    this.version = undefined;
    this.transaction = undefined;
    this.isCancelled = false;
    this.isLoginAccepted = false;
    this.rowsEnd = 0;
  }

  /** Values that a procedure gave back. */
  get outputs(): Readonly<Record<string, JsonValue>> {
    return this.given ?? empty;
  }

  get hasOutputs(): boolean {
    return this.given !== undefined;
  }

  /** An error, or what informs. */
  tell(failure: Failure): void {
    if (failure.severity >= FIRST_ERROR_CLASS) this.failure ??= failure;
    else if (this.messages.length < MAX_MESSAGES) this.messages = [...this.messages, failure.message.trimEnd()];
  }

  /** A value that a procedure gives back; one without a name gets its number. */
  output(name: string, value: JsonValue): void {
    this.given ??= {};
    const key = name === '' ? `#${this.outputCount + 1}` : name;
    if (!Object.hasOwn(this.given, key)) this.outputCount++;
    if (this.outputCount <= MAX_OUTPUTS) this.given[key] = value;
  }

  /** One of the tokens that end a result. */
  done(token: number, status: number, count: number): void {
    if (token !== DONE_PROCEDURE) this.results++;
    if ((status & DONE_COUNT) !== 0) this.rowCount = (this.rowCount ?? 0) + count;
    if ((status & DONE_ATTENTION) !== 0) this.isCancelled = true;
    if ((status & DONE_ERROR) !== 0) this.failure ??= UNTOLD;
    if ((status & DONE_IN_TRANSACTION) !== 0) this.transaction ??= 'begun';
  }

  /** Where the tokens could not be read to their end, the last of them is known by its length. */
  endsWith(tail: Uint8Array, { isModern }: Dialect): void {
    const size = isModern ? 13 : 9;
    const done = tail.subarray(-size);
    if (done.length < size || (done[0] ?? 0) < FIRST_DONE) return;
    const reader = new ByteReader(done, 1);
    const status = reader.u16le();
    reader.skip(2);
    const count = readCount(reader, isModern);
    if ((status & DONE_COUNT) !== 0) this.rowCount ??= count;
    if ((status & DONE_ERROR) !== 0) this.failure ??= UNTOLD;
  }
}

/** A count of rows: of eight bytes from TDS 7.2 on. */
export function readCount(reader: ByteReader, isWide: boolean): number {
  const low = reader.u32le();
  return isWide ? reader.u32le() * 0x1_0000_0000 + low : low;
}
