/** ClientHello and ServerHello (RFC 8446 §4.1, RFC 5246 §7.4.1) with the extensions that matter here. */

import { ByteReader } from '../decode/byte-reader.ts';
import { hexText } from '../decode/hex.ts';
import { TLS13 } from './key-schedule.ts';
import { numbers, vector } from './presentation.ts';

const SERVER_NAME = 0;
const SUPPORTED_GROUPS = 10;
const EC_POINT_FORMATS = 11;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const ENCRYPT_THEN_MAC = 22;
const EXTENDED_MASTER_SECRET = 23;
const SESSION_TICKET = 35;
const PRE_SHARED_KEY = 41;
const EARLY_DATA = 42;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;

export interface ClientHello {
  /** `legacy_version`: what the client says where TLS 1.3 no longer says it. */
  readonly legacyVersion: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly ciphers: readonly number[];
  /** Types in the order sent, GREASE included. */
  readonly extensions: readonly number[];
  readonly sni?: string;
  readonly alpn: readonly string[];
  readonly versions: readonly number[];
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  /** Ticket of TLS 1.2 (RFC 5077); empty when the client asks for one. */
  readonly ticket: Uint8Array;
  readonly offersPsk: boolean;
  readonly offersEarlyData: boolean;
}

export interface ServerHello {
  /** Negotiated: `supported_versions` where it is sent. */
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipher: number;
  readonly alpn?: string;
  readonly group?: number;
  readonly extendedMasterSecret: boolean;
  readonly encryptThenMac: boolean;
  readonly resumesPsk: boolean;
  /** Not an answer yet: the client shall send another ClientHello (RFC 8446 §4.1.4). */
  readonly isRetryRequest: boolean;
}

/** Names in hellos are ASCII; every other octet keeps its number. */
const ascii = (bytes: Uint8Array) => String.fromCharCode(...bytes);

interface Extension {
  readonly type: number;
  readonly data: ByteReader;
}

/** Extensions up to the first that does not fit; none at all is allowed up to TLS 1.2. */
function readExtensions(bytes: Uint8Array): Extension[] {
  const reader = new ByteReader(bytes);
  const extensions: Extension[] = [];
  while (reader.left >= 4) {
    const type = reader.u16();
    const data = vector(reader, 2);
    if (reader.isShort) break;
    extensions.push({ type, data: new ByteReader(data) });
  }
  return extensions;
}

/** Reads the body of a ClientHello (without the handshake header); null when it is none. */
export function parseClientHello(body: Uint8Array): ClientHello | null {
  const reader = new ByteReader(body);
  const legacyVersion = reader.u16();
  const random = reader.view(32).slice();
  const sessionId = vector(reader, 1).slice();
  const ciphers = numbers(vector(reader, 2), 2);
  vector(reader, 1); // Compression methods: only "none" is still used.
  if (reader.isShort || sessionId.length > 32 || ciphers.length === 0) return null;
  const extensions = readExtensions(reader.left >= 2 ? vector(reader, 2) : new Uint8Array(0));
  const find = (type: number) => extensions.find((extension) => extension.type === type)?.data;
  const sni = readServerName(find(SERVER_NAME));
  return {
    legacyVersion,
    random,
    sessionId,
    ciphers,
    extensions: extensions.map((extension) => extension.type),
    ...(sni !== undefined && { sni }),
    versions: listIn(find(SUPPORTED_VERSIONS), 1, 2),
    groups: listIn(find(SUPPORTED_GROUPS), 2, 2),
    pointFormats: listIn(find(EC_POINT_FORMATS), 1, 1),
    signatureAlgorithms: listIn(find(SIGNATURE_ALGORITHMS), 2, 2),
    alpn: readAlpn(find(ALPN)),
    ticket: rest(find(SESSION_TICKET)),
    offersPsk: find(PRE_SHARED_KEY) !== undefined,
    offersEarlyData: find(EARLY_DATA) !== undefined,
  };
}

/** SHA-256 of "HelloRetryRequest": the random that marks one (RFC 8446 §4.1.3). */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** Reads the body of a ServerHello; null when it is none. */
export function parseServerHello(body: Uint8Array): ServerHello | null {
  const reader = new ByteReader(body);
  const legacyVersion = reader.u16();
  const random = reader.view(32).slice();
  const sessionId = vector(reader, 1).slice();
  const cipher = reader.u16();
  reader.u8();
  if (reader.isShort || sessionId.length > 32) return null;
  const extensions = readExtensions(reader.left >= 2 ? vector(reader, 2) : new Uint8Array(0));
  const find = (type: number) => extensions.find((extension) => extension.type === type)?.data;
  const selected = find(SUPPORTED_VERSIONS)?.u16();
  const [alpn] = readAlpn(find(ALPN));
  const share = find(KEY_SHARE);
  const group = share !== undefined && share.left >= 2 ? share.u16() : undefined;
  return {
    version: selected ?? legacyVersion,
    random,
    sessionId,
    cipher,
    ...(alpn !== undefined && { alpn }),
    ...(group !== undefined && { group }),
    extendedMasterSecret: find(EXTENDED_MASTER_SECRET) !== undefined,
    encryptThenMac: find(ENCRYPT_THEN_MAC) !== undefined,
    resumesPsk: find(PRE_SHARED_KEY) !== undefined,
    isRetryRequest: selected === TLS13 && hexText(random) === RETRY_RANDOM,
  };
}

/** The protocol chosen in EncryptedExtensions (RFC 8446 §4.3.1), and whether early data is taken. */
export function parseEncryptedExtensions(body: Uint8Array): {
  readonly alpn?: string;
  readonly takesEarlyData: boolean;
} {
  const extensions = readExtensions(vector(new ByteReader(body), 2));
  const [alpn] = readAlpn(extensions.find((extension) => extension.type === ALPN)?.data);
  return {
    ...(alpn !== undefined && { alpn }),
    takesEarlyData: extensions.some((extension) => extension.type === EARLY_DATA),
  };
}

/** RFC 6066 §3: a list of names, of which only host names (type 0) exist. */
function readServerName(data: ByteReader | undefined): string | undefined {
  if (data === undefined) return undefined;
  const list = new ByteReader(vector(data, 2));
  const type = list.u8();
  const name = vector(list, 2);
  return list.isShort || data.isShort || type !== 0 ? undefined : ascii(name).toLowerCase();
}

/** RFC 7301 §3.1. */
function readAlpn(data: ByteReader | undefined): string[] {
  if (data === undefined) return [];
  const list = new ByteReader(vector(data, 2));
  const names: string[] = [];
  while (list.left > 0) {
    const name = vector(list, 1);
    if (list.isShort) break;
    names.push(ascii(name));
  }
  return names;
}

function listIn(data: ByteReader | undefined, lengthWidth: 1 | 2, width: 1 | 2): number[] {
  return data === undefined ? [] : numbers(vector(data, lengthWidth), width);
}

function rest(data: ByteReader | undefined): Uint8Array {
  return data === undefined ? new Uint8Array(0) : data.rest().slice();
}
