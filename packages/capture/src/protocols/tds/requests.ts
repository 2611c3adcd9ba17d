/** What clients ask in text and by number: batches, transactions, TDS 5 ([MS-TDS] §2.2.6). */

import { ByteReader } from '../../decode/byte-reader.ts';
import { printable } from '../../decode/printable.ts';
import type { SqlStatement } from '../../decode/sql-statement.ts';
import { statementIn } from './statements.ts';
import type { Kept } from './wire.ts';

/** More of headers is not believed. */
const MAX_HEADERS_BYTES = 4096;

/** Behind the headers that stand before a request from TDS 7.2 on, with their length before them. */
export function afterHeaders({ bytes, start, end }: Kept): number {
  const reader = new ByteReader(bytes, start, end);
  const total = reader.u32le();
  if (total < 4 || total > end - start || total > MAX_HEADERS_BYTES) return start;
  let left = total - 4;
  while (left >= 6) {
    const length = reader.u32le();
    const type = reader.u16le();
    if (length < 6 || length > left || type < 1 || type > 3) return start;
    reader.skip(length - 6);
    left -= length;
  }
  return left === 0 ? start + total : start;
}

/** The statement of a batch. */
export const batchOf = (kept: Kept): SqlStatement => statementIn(kept.bytes, afterHeaders(kept), kept.end);

/** LANGUAGE of TDS 5: a statement in text; undefined for another token. */
export function languageOf(bytes: Uint8Array): string | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== 0x21) return undefined;
  const length = reader.u32le();
  reader.skip(1);
  return printable(reader.view(Math.min(Math.max(0, length - 1), reader.left)));
}

const transactionNames: Readonly<Record<number, string>> = {
  0: 'GET DTC ADDRESS',
  1: 'PROPAGATE TRANSACTION',
  5: 'BEGIN TRANSACTION',
  6: 'PROMOTE TRANSACTION',
  7: 'COMMIT',
  8: 'ROLLBACK',
  9: 'SAVE TRANSACTION',
};

export function transactionOf(kept: Kept): string {
  const type = new ByteReader(kept.bytes, afterHeaders(kept), kept.end).u16le();
  return transactionNames[type] ?? `TRANSACTION REQUEST ${type}`;
}

/** DBRPC of TDS 5: the procedure's name. */
export const oldProcedureOf = (bytes: Uint8Array): string => {
  const reader = new ByteReader(bytes, 3);
  return printable(reader.view(reader.u8()));
};
