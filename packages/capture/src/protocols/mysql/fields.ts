/** Payloads of single packets → values. Each function gives what was whole when the bytes end too early. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { internedText } from '../../decode/interned-text.ts';
import { ServerStatus } from './codes.ts';
import type { Packet } from './wire.ts';

/** Columns described of one result: MySQL's own limit of a table. */
export const MAX_COLUMNS = 4096;
/** Changes of the session told by one answer. */
const MAX_CHANGES = 32;

/** An integer of one to nine bytes; a number too big to be exact is cut to the biggest that is. */
export function lenenc(reader: ByteReader): number {
  const first = reader.u8();
  if (first < 0xfb) return first;
  if (first === 0xfc) return reader.u16le();
  if (first === 0xfd) return reader.u24le();
  const value = reader.u64le();
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

/** A length and as many bytes, or what there is of them. */
export function lenencBytes(reader: ByteReader): Uint8Array {
  const length = lenenc(reader);
  return reader.view(Math.min(length, reader.left));
}
const utf8 = new TextDecoder();
export const lenencText = (reader: ByteReader): string => utf8.decode(lenencBytes(reader));

export interface SessionChange {
  readonly kind: string;
  readonly name?: string;
  readonly value: string;
}

export interface OkFields {
  readonly affectedRows: number;
  readonly lastInsertId: number;
  readonly status: number;
  readonly warnings: number;
  /** `Rows matched: 1  Changed: 1`. */
  readonly info: string;
  readonly changes: readonly SessionChange[];
}

const noChanges: readonly SessionChange[] = [];

/** OK_Packet, whose first byte is 0x00 or 0xfe. */
export function okFields({ bytes, start, end }: Packet): OkFields {
  const reader = new ByteReader(bytes, start + 1, end);
  const affectedRows = lenenc(reader);
  const lastInsertId = lenenc(reader);
  const status = reader.u16le();
  const warnings = reader.u16le();
  const info = reader.left > 0 ? infoOf(reader) : '';
  const hasChanges = (status & ServerStatus.SESSION_STATE_CHANGED) !== 0 && reader.left > 0;
  return {
    affectedRows,
    lastInsertId,
    status,
    warnings,
    info,
    changes: hasChanges ? sessionChanges(lenencBytes(reader)) : noChanges,
  };
}

function infoOf(reader: ByteReader): string {
  const length = lenenc(reader);
  const start = reader.at;
  reader.skip(Math.min(length, reader.left));
  return internedText(reader.bytes, start, reader.at);
}

/** Kinds of changes whose data is one text. */
const singleChanges: ReadonlyMap<number, string> = new Map([
  [1, 'database'],
  [2, 'session changed'],
  [4, 'transaction'],
  [5, 'transaction state'],
]);

function sessionChanges(bytes: Uint8Array): SessionChange[] {
  const reader = new ByteReader(bytes);
  const changes: SessionChange[] = [];
  while (reader.left > 0 && changes.length < MAX_CHANGES) {
    const kind = reader.u8();
    const data = new ByteReader(lenencBytes(reader));
    if (reader.isShort) break;
    if (kind === 0) changes.push({ kind: 'variable', name: lenencText(data), value: lenencText(data) });
    else if (kind === 3) {
      data.skip(1); // encoding of the specification
      changes.push({ kind: 'gtids', value: lenencText(data) });
    } else changes.push({ kind: singleChanges.get(kind) ?? `change ${kind}`, value: lenencText(data) });
  }
  return changes;
}

/** EOF_Packet: what OK tells of the state, without the rest. */
export function eofFields({ bytes, start, end }: Packet): { readonly status: number; readonly warnings: number } {
  const reader = new ByteReader(bytes, start + 1, end);
  const warnings = reader.u16le();
  return { warnings, status: reader.u16le() };
}

export interface Failure {
  readonly code: number;
  /** Five characters; empty before version 4.1 and in errors of the handshake. */
  readonly sqlState: string;
  readonly message: string;
}

/** ERR_Packet; MariaDB reports progress in one with the code 0xffff, which is no error. */
export function errFields(body: Uint8Array): Failure | undefined {
  const reader = new ByteReader(body, 1);
  const code = reader.u16le();
  if (code === 0xffff) return undefined;
  const hasState = body[3] === 0x23; // #
  reader.skip(hasState ? 1 : 0);
  const sqlState = hasState ? reader.text(5) : '';
  return { code, sqlState, message: utf8.decode(reader.rest()) };
}

export interface PrepareOk {
  readonly id: number;
  readonly columns: number;
  readonly parameters: number;
  readonly warnings: number;
  /** Whether definitions of parameters and columns follow. */
  readonly hasMetadata: boolean;
}

/** COM_STMT_PREPARE_OK. */
export function prepareOkFields(body: Uint8Array): PrepareOk {
  const reader = new ByteReader(body, 1);
  const id = reader.u32le();
  const columns = reader.u16le();
  const parameters = reader.u16le();
  reader.skip(1);
  const warnings = reader.left >= 2 ? reader.u16le() : 0;
  return { id, columns, parameters, warnings, hasMetadata: reader.left === 0 || reader.u8() !== 0 };
}
