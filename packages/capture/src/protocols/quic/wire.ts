/**
 * QUIC packets with a long header (RFC 9000 §17.2), as far as they can be read without keys:
 * flags(1) version(4) dcid-length(1) dcid scid-length(1) scid, then by type; a datagram may hold several. The second bit of
 * the flags marks QUIC, but ends that agreed may clear it (RFC 9287): only the first bit is relied on.
 */

export const VERSION_1 = 1;
/** RFC 9369 §3. */
export const VERSION_2 = 0x6b3343cf;

type PacketType = 'initial' | '0-rtt' | 'handshake' | 'retry' | 'version negotiation' | '1-rtt';

export interface QuicPacket {
  readonly type: PacketType;
  readonly version: number;
  readonly dcid: Uint8Array;
  readonly scid: Uint8Array;
  /** The whole packet, header included; a view. */
  readonly bytes: Uint8Array;
  /** Where the protected packet number begins in `bytes`; 0 where there is none to read. */
  readonly numberOffset: number;
}

export interface QuicDatagram {
  readonly packets: readonly QuicPacket[];
  readonly size: number;
}

/** RFC 9000 §17.2: versions 1 and 2 allow no longer connection ids. */
const MAX_ID_BYTES = 20;
/** Packets read of one datagram: a client sends at most Initial, 0-RTT and Handshake together. */
const MAX_PACKETS = 8;

const types1: readonly PacketType[] = ['initial', '0-rtt', 'handshake', 'retry'];
/** Version 2 turned them by one (RFC 9369 §3.2). */
const types2: readonly PacketType[] = ['retry', 'initial', '0-rtt', 'handshake'];

/** The packets of a datagram, up to the first that is none: padding, or another version's. */
export function readDatagram(bytes: Uint8Array): QuicDatagram {
  const packets: QuicPacket[] = [];
  let at = 0;
  while (at < bytes.length && packets.length < MAX_PACKETS) {
    const packet = readPacket(bytes.subarray(at));
    if (packet === null) break;
    packets.push(packet);
    at += packet.bytes.length;
  }
  return { packets, size: bytes.length };
}

const EMPTY = new Uint8Array(0);

function readPacket(bytes: Uint8Array): QuicPacket | null {
  const first = bytes[0]!;
  if ((first & 0x80) === 0) {
    // A short header tells nothing but that it is there; it always ends the datagram.
    return { type: '1-rtt', version: 0, dcid: EMPTY, scid: EMPTY, bytes, numberOffset: 0 };
  }
  if (bytes.length < 7) return null;
  const version = u32(bytes, 1);
  const dcidEnd = 6 + bytes[5]!;
  const scidEnd = dcidEnd + 1 + (bytes[dcidEnd] ?? 0);
  if (bytes[5]! > MAX_ID_BYTES || scidEnd - dcidEnd - 1 > MAX_ID_BYTES || scidEnd > bytes.length) return null;
  const head = { version, dcid: bytes.subarray(6, dcidEnd), scid: bytes.subarray(dcidEnd + 1, scidEnd) };
  if (version === 0) return { ...head, type: 'version negotiation', bytes, numberOffset: 0 };
  if (!isKnownVersion(version)) return null;
  const type = (version === VERSION_2 ? types2 : types1)[(first >> 4) & 3]!;
  if (type === 'retry') return { ...head, type, bytes, numberOffset: 0 };
  return withNumber({ ...head, type }, bytes, scidEnd);
}

/** Initial packets have a token first (RFC 9000 §17.2.2); all three then have a length. */
function withNumber(
  head: Omit<QuicPacket, 'bytes' | 'numberOffset'>,
  bytes: Uint8Array,
  start: number,
): QuicPacket | null {
  let at = start;
  if (head.type === 'initial') {
    const token = readVarint(bytes, at);
    if (token === null) return null;
    at = token.end + token.value;
  }
  const length = readVarint(bytes, at);
  if (length === null || length.end + length.value > bytes.length) return null;
  return { ...head, bytes: bytes.subarray(0, length.end + length.value), numberOffset: length.end };
}

const isKnownVersion = (version: number) => version === VERSION_1 || version === VERSION_2;

/** RFC 9000 §16: the upper two bits tell the length; null past the end or above what a number holds exactly. */
export function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  const end = at + (1 << (first >> 6));
  if (end > bytes.length) return null;
  let value = first & 0x3f;
  for (let i = at + 1; i < end; i++) value = value * 256 + bytes[i]!;
  return value > Number.MAX_SAFE_INTEGER ? null : { value, end };
}

const u32 = (bytes: Uint8Array, at: number) =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
