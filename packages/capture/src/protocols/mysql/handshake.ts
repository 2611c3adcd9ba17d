/** The beginning of a connection: greeting, login, change of user. Passwords and what is made of them are passed over. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { Capability } from './codes.ts';
import { lenenc, lenencText } from './fields.ts';

/** Attributes a client tells of itself. */
const MAX_ATTRIBUTES = 32;
const MAX_USER_BYTES = 256;

export interface Greeting {
  readonly protocol: number;
  readonly version: string;
  readonly connectionId: number;
  readonly capabilities: number;
  /** MariaDB's own; 0 for MySQL. */
  readonly mariaCapabilities: number;
  readonly plugin: string;
}

/** Protocol::HandshakeV10, and V9 as far as it says the same. */
export function greetingOf(body: Uint8Array): Greeting {
  const reader = new ByteReader(body);
  const protocol = reader.u8();
  const version = reader.cstring();
  const connectionId = reader.u32le();
  if (protocol === 9)
    return { protocol, version, connectionId, capabilities: 0, mariaCapabilities: 0, plugin: 'mysql_old_password' };
  reader.skip(9); // beginning of the scramble and its end mark
  const low = reader.u16le();
  reader.skip(3); // character set and status
  const capabilities = (low | (reader.u16le() << 16)) >>> 0;
  const scrambleLength = reader.u8();
  reader.skip(6);
  const maria = reader.u32le();
  reader.skip(Math.max(13, scrambleLength - 8));
  const hasPlugin = (capabilities & Capability.PLUGIN_AUTH) !== 0;
  const isMaria = (capabilities & Capability.LONG_PASSWORD) === 0;
  return {
    protocol,
    version,
    connectionId,
    capabilities,
    mariaCapabilities: isMaria ? maria : 0,
    plugin: hasPlugin ? reader.cstring() : 'mysql_native_password',
  };
}

export interface Login {
  readonly capabilities: number;
  readonly mariaCapabilities: number;
  readonly user: string;
  readonly database?: string;
  readonly plugin?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The head of a login alone asks for encryption. */
export const isSslRequest = (body: Uint8Array): boolean =>
  body.length === 32 &&
  (body[1] ?? 0) * 256 + (body[0] ?? 0) >= Capability.SSL &&
  ((body[1] ?? 0) & 0x08) !== 0 &&
  hasFiller(body);

/** Is this Protocol::HandshakeResponse41? Nineteen zero bytes stand where nothing was ever put. */
export function isLogin(body: Uint8Array): boolean {
  const is41 = ((body[1] ?? 0) & (Capability.PROTOCOL_41 >> 8)) !== 0;
  if (!is41 || body.length < 33 || !hasFiller(body)) return false;
  const end = body.indexOf(0, 32);
  return end >= 32 && end - 32 <= MAX_USER_BYTES && body.subarray(32, end).every((byte) => byte >= 0x20);
}

const hasFiller = (body: Uint8Array): boolean => body.subarray(9, 28).every((byte) => byte === 0);

/** Protocol::HandshakeResponse41, or 320 of clients before 4.1. */
export function loginOf(body: Uint8Array): Login {
  const reader = new ByteReader(body);
  const low = reader.u16le();
  if ((low & Capability.PROTOCOL_41) === 0) {
    reader.skip(3);
    return { capabilities: low, mariaCapabilities: 0, user: reader.cstring(), attributes: {} };
  }
  const capabilities = (low | (reader.u16le() << 16)) >>> 0;
  reader.skip(5 + 19); // longest packet, character set, nothing
  const maria = reader.u32le();
  const mariaCapabilities = (capabilities & Capability.LONG_PASSWORD) === 0 ? maria : 0;
  const user = reader.cstring();
  if ((capabilities & Capability.PLUGIN_AUTH_LENENC) !== 0) reader.skip(Math.min(lenenc(reader), reader.left));
  else if ((capabilities & Capability.SECURE_CONNECTION) !== 0) reader.skip(Math.min(reader.u8(), reader.left));
  else reader.cstring();
  const database = (capabilities & Capability.CONNECT_WITH_DB) !== 0 ? reader.cstring() : '';
  const plugin = (capabilities & Capability.PLUGIN_AUTH) !== 0 ? reader.cstring() : '';
  return {
    capabilities,
    mariaCapabilities,
    user,
    ...(database !== '' && { database }),
    ...(plugin !== '' && { plugin }),
    attributes: (capabilities & Capability.CONNECT_ATTRS) !== 0 ? attributesOf(reader) : {},
  };
}

/** COM_CHANGE_USER. */
export function changeUserOf(
  body: Uint8Array,
  capabilities: number,
): Omit<Login, 'capabilities' | 'mariaCapabilities'> {
  const reader = new ByteReader(body, 1);
  const user = reader.cstring();
  reader.skip(Math.min(reader.u8(), reader.left));
  const database = reader.cstring();
  reader.skip(Math.min(2, reader.left));
  const plugin = (capabilities & Capability.PLUGIN_AUTH) !== 0 && reader.left > 0 ? reader.cstring() : '';
  const hasAttributes = (capabilities & Capability.CONNECT_ATTRS) !== 0 && reader.left > 0;
  return {
    user,
    ...(database !== '' && { database }),
    ...(plugin !== '' && { plugin }),
    attributes: hasAttributes ? attributesOf(reader) : {},
  };
}

/** AuthSwitchRequest: the name of the method to go on with. */
export const switchedPlugin = (body: Uint8Array): string =>
  body.length === 1 ? 'mysql_old_password' : new ByteReader(body, 1).cstring();

function attributesOf(reader: ByteReader): Record<string, string> {
  const length = lenenc(reader);
  const inside = new ByteReader(reader.view(Math.min(length, reader.left)));
  const attributes: [string, string][] = [];
  while (inside.left > 0 && attributes.length < MAX_ATTRIBUTES) {
    const name = lenencText(inside);
    const value = lenencText(inside);
    if (inside.isShort) break;
    attributes.push([name, value]);
  }
  return Object.fromEntries(attributes);
}

/** How both ends agreed to compress, by what both can do. */
export function compressionOf(capabilities: number): 'zlib' | 'zstd' | undefined {
  if ((capabilities & Capability.COMPRESS) !== 0) return 'zlib';
  return (capabilities & Capability.ZSTD_COMPRESSION) !== 0 ? 'zstd' : undefined;
}
