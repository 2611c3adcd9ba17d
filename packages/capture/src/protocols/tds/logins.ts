/** What clients say of themselves when they log in ([MS-TDS] §2.2.6.4); never what proves it. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { printable } from '../../decode/printable.ts';
import { utf16Text } from './text.ts';

export interface LoginFields {
  readonly user: string;
  readonly host: string;
  readonly application: string;
  readonly driver: string;
  readonly server: string;
  readonly database: string;
  readonly version: number;
  readonly authentication: string;
}

/** The pairs of offset and length of LOGIN7 (§2.2.6.4); what stands at `Password` and `ChangePassword` is never read. */
export function loginOf(bytes: Uint8Array): LoginFields {
  const reader = new ByteReader(bytes, 4);
  const version = reader.u32le();
  reader.skip(16);
  reader.skip(1);
  const second = reader.u8();
  reader.skip(2 + 8);
  const at = reader.at;
  const text = (index: number): string => {
    const pair = new ByteReader(bytes, at + 4 * index);
    const [offset, length] = [pair.u16le(), pair.u16le()];
    return utf16Text(new ByteReader(bytes, offset).view(2 * length));
  };
  return {
    host: text(0),
    user: text(1),
    application: text(3),
    server: text(4),
    driver: text(6),
    database: text(8),
    version,
    authentication: (second & 0x80) === 0 ? 'sql' : 'integrated',
  };
}

/** Places of the fixed fields of a login before TDS 7: 30 bytes, and behind them how many are used. */
const OLD_HOST = 0;
const OLD_USER = 31;
const OLD_APPLICATION = 140;
const OLD_SERVER = 171;
const OLD_FIELD_BYTES = 30;
/** TDS 5.0, as versions are told by LOGINACK. */
export const TDS_5 = 0x0500_0000;

export function oldLoginOf(bytes: Uint8Array): LoginFields {
  const text = (at: number): string => {
    const length = Math.min(bytes[at + OLD_FIELD_BYTES] ?? 0, OLD_FIELD_BYTES);
    return printable(bytes.subarray(at, at + length));
  };
  return {
    host: text(OLD_HOST),
    user: text(OLD_USER),
    application: text(OLD_APPLICATION),
    server: text(OLD_SERVER),
    driver: '',
    database: '',
    version: TDS_5,
    authentication: 'sql',
  };
}
