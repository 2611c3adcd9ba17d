/** What a server answers: tokens one after the other ([MS-TDS] §2.2.7), gone over as far as they are kept and known. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { printable } from '../../decode/printable.ts';
import { type Answer, type Reading, readCount } from './answer.ts';
import { type Columns, noColumns, readColumns, readTypeOnly } from './columns.ts';
import { longText, shortText } from './text.ts';
import { skipValue } from './types.ts';
import { readValue } from './values.ts';
import type { Ending, Kept } from './wire.ts';

const ROW = 0xd1;
/** A row that tells before it which of its values are null. */
const ROW_WITH_NULLS = 0xd2;
/** Reads an answer as far as it is kept; `tail` are its last bytes. */
export function readAnswer(answer: Answer, kept: Kept, ending: Ending, reading: Reading): void {
  answer.clear();
  answer.isKnown = true;
  const tokens = new Tokens(kept, reading, answer);
  while (tokens.nextRow() && tokens.skipRow()) answer.rowsEnd = tokens.reader.at - kept.start;
  if (ending.isCut || !tokens.isWhole) answer.endsWith(ending.tail, reading.dialect);
}

/** Goes over the tokens of an answer; what they tell is told to `answer`, and rows are left to who asks. */
export class Tokens {
  readonly reader: ByteReader;
  columns: Columns = noColumns;
  private readonly answer: Answer;
  private readonly reading: Reading;
  /** Where the bitmap stands of the row that the reader is at; -1 when it has none. */
  private bitmapAt = -1;

  constructor({ bytes, start, end }: Kept, reading: Reading, answer: Answer) {
    this.reader = new ByteReader(bytes, start, end);
    this.answer = answer;
    this.reading = reading;
  }

  /** Everything has been read, and it was there. */
  get isWhole(): boolean {
    return this.reader.left === 0 && !this.reader.isShort;
  }

  /** Goes on to the next row; false when there is none, or something that is not known or not here whole. */
  nextRow(): boolean {
    const { reader } = this;
    while (reader.left > 0) {
      const token = reader.u8();
      if (token === ROW || token === ROW_WITH_NULLS) {
        const { length } = this.columns.list;
        const hasBitmap = token === ROW_WITH_NULLS;
        this.bitmapAt = hasBitmap ? reader.at : -1;
        if (hasBitmap) reader.skip((length + 7) >> 3);
        return length > 0;
      }
      if (!this.token(token)) return false;
    }
    return false;
  }

  /** Whether a value of the row is null and not there. */
  isNull(index: number): boolean {
    return this.bitmapAt >= 0 && ((this.reader.bytes[this.bitmapAt + (index >> 3)] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** Passes over the row that the reader stands at; false when it is not here whole. */
  skipRow(): boolean {
    const { reader } = this;
    const { list } = this.columns;
    for (let index = 0; index < list.length; index++) {
      const column = list[index];
      if (column !== undefined && !this.isNull(index)) skipValue(reader, column.type, true);
    }
    return !reader.isShort;
  }

  /** Reads a token that is no row; false when it is none that is known, or is not here whole. */
  private token(token: number): boolean {
    const { reader, answer, reading } = this;
    switch (token) {
      case 0x81:
        return this.columnsAre(readColumns(reader, reading.dialect, this.columns));
      case 0xfd:
      case 0xfe:
      case 0xff: {
        const status = reader.u16le();
        reader.skip(2);
        answer.done(token, status, readCount(reader, reading.dialect.isModern && !reading.isOld));
        break;
      }
      case 0x79:
        answer.returnStatus = reader.i32le();
        break;
      case 0xac:
        return this.output();
      case 0xae:
        for (let feature = reader.u8(); feature !== 0xff && !reader.isShort; feature = reader.u8())
          reader.skip(reader.u32le());
        break;
      case 0xe4:
      case 0xee:
        if (reading.isOld) return false;
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
      case 0xe2: {
        const length = reader.u16le();
        const { bytes, at } = reader;
        const isHere = length <= reader.left;
        reader.skip(length);
        this.counted(token, new ByteReader(bytes, at, isHere ? at + length : at));
        break;
      }
      default:
        return false;
    }
    return !reader.isShort;
  }

  private columnsAre(columns: Columns | undefined): boolean {
    if (columns === undefined) return false;
    this.columns = columns;
    return true;
  }

  private output(): boolean {
    const { reader } = this;
    reader.skip(2);
    const name = shortText(reader);
    reader.skip(1);
    const type = readTypeOnly(reader, this.reading.dialect);
    if (type === undefined) return false;
    const value = readValue(reader, type, false);
    if (!reader.isShort) this.answer.output(name, value);
    return !reader.isShort;
  }

  /** Tokens with their length before them. */
  private counted(token: number, inside: ByteReader): void {
    switch (token) {
      case 0xaa:
      case 0xab:
        return this.message(inside);
      case 0xe5:
        return this.oldMessage(inside);
      case 0xe3:
        return this.change(inside);
      case 0xad: {
        this.answer.isLoginAccepted = !this.reading.isOld || inside.u8() === 5;
        if (!this.reading.isOld) inside.skip(1);
        this.answer.version = inside.u32();
        this.answer.server = this.short(inside).replaceAll('\0', '');
      }
    }
  }

  private short(reader: ByteReader): string {
    return this.reading.isOld ? printable(reader.view(reader.u8())) : shortText(reader);
  }

  private message(inside: ByteReader): void {
    const [number, state, severity] = [inside.i32le(), inside.u8(), inside.u8()];
    const message = this.reading.isOld ? printable(inside.view(inside.u16le())) : longText(inside);
    this.short(inside);
    const procedure = this.short(inside);
    const line = this.reading.dialect.isModern && !this.reading.isOld ? inside.u32le() : inside.u16le();
    this.answer.tell({ number, state, severity, message, procedure, line });
  }

  /** EED of TDS 5: the state of SQL before the text. */
  private oldMessage(inside: ByteReader): void {
    const [number, state, severity] = [inside.i32le(), inside.u8(), inside.u8()];
    inside.skip(inside.u8() + 3);
    const message = printable(inside.view(inside.u16le()));
    inside.skip(inside.u8());
    const procedure = printable(inside.view(inside.u8()));
    this.answer.tell({ number, state, severity, message, procedure, line: inside.u16le() });
  }

  private change(inside: ByteReader): void {
    const type = inside.u8();
    if (type === 1) this.answer.database = this.short(inside);
    else if (type === 8) this.answer.transaction = 'begun';
    else if (type === 9) this.answer.transaction = 'committed';
    else if (type === 10) this.answer.transaction = 'rolled back';
  }
}
