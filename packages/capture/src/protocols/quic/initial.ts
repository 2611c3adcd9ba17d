/**
 * Initial packets are sealed with keys anybody can make from the client's first connection id (RFC 9001 §5.2): this opens
 * them and gives their frames.
 */

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { hexBytes } from '../../decode/hex.ts';
import type { Side } from '../../dissect/dissector.ts';
import { expandLabel } from '../../tls/key-schedule.ts';
import { type QuicPacket, readVarint, VERSION_2 } from './wire.ts';

/** RFC 9001 §5.2, RFC 9369 §3.3.1. */
const salt1 = hexBytes('38762cf7f55934b34d179ae6a4c80cadccbb7f0a')!;
const salt2 = hexBytes('0dede3def700a6db819381be6e269dcbf9bd2ed9')!;

const TAG_BYTES = 16;
/** The packet number is taken for four bytes long when the sample for its mask is found (RFC 9001 §5.4.2). */
const SAMPLE_OFFSET = 4;
const SAMPLE_BYTES = 16;

interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerKey: Uint8Array;
}

export class InitialKeys {
  readonly #keys: Readonly<Record<Side, Keys>>;

  /** `dcid` is the destination of the client's first Initial packet, or of its first after a Retry. */
  constructor(version: number, dcid: Uint8Array) {
    const initial = createHmac('sha256', version === VERSION_2 ? salt2 : salt1)
      .update(dcid)
      .digest();
    const keysOf = (label: string): Keys => {
      const secret = expandLabel('sha256', initial, label, 32);
      const name = version === VERSION_2 ? 'quicv2' : 'quic';
      return {
        key: expandLabel('sha256', secret, `${name} key`, 16),
        iv: expandLabel('sha256', secret, `${name} iv`, 12),
        headerKey: expandLabel('sha256', secret, `${name} hp`, 16),
      };
    };
    this.#keys = { client: keysOf('client in'), server: keysOf('server in') };
  }

  /** The frames of an Initial packet; null when these are not its keys. */
  open(side: Side, { bytes, numberOffset }: QuicPacket): Uint8Array | null {
    const { key, iv, headerKey } = this.#keys[side];
    const sampleAt = numberOffset + SAMPLE_OFFSET;
    if (sampleAt + SAMPLE_BYTES > bytes.length) return null;
    const cipher = createCipheriv('aes-128-ecb', headerKey, null);
    const mask = cipher.update(bytes.subarray(sampleAt, sampleAt + SAMPLE_BYTES));
    const header = bytes.slice(0, sampleAt);
    header[0]! ^= mask[0]! & 0x0f;
    const numberBytes = (header[0]! & 3) + 1;
    const nonce = Uint8Array.from(iv);
    for (let i = 0; i < numberBytes; i++) {
      header[numberOffset + i]! ^= mask[1 + i]!;
      nonce[12 - numberBytes + i]! ^= header[numberOffset + i]!;
    }
    const start = numberOffset + numberBytes;
    const tagAt = bytes.length - TAG_BYTES;
    if (tagAt < start) return null;
    try {
      const decipher = createDecipheriv('aes-128-gcm', key, nonce);
      decipher.setAAD(header.subarray(0, start));
      decipher.setAuthTag(bytes.subarray(tagAt));
      const frames = decipher.update(bytes.subarray(start, tagAt));
      decipher.final();
      return frames;
    } catch {
      // Another connection's packet, or a changed one.
      return null;
    }
  }
}

export type Frame =
  | { readonly kind: 'crypto'; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;
const CONNECTION_CLOSE = 0x1c;

const utf8 = new TextDecoder();

/** The frames that matter of those an Initial packet may hold (RFC 9000 §12.4), up to the first that is none of them. */
export function readFrames(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const type = bytes[at]!;
    if (type === PADDING || type === PING) {
      at++;
      continue;
    }
    if (type === ACK || type === ACK_ECN) {
      at = skipAck(bytes, at);
      if (at === -1) break;
      continue;
    }
    const read =
      type === CRYPTO ? readCrypto(bytes, at + 1) : type === CONNECTION_CLOSE ? readClose(bytes, at + 1) : null;
    if (read === null) break;
    frames.push(read.frame);
    at = read.end;
  }
  return frames;
}

interface ReadFrame {
  readonly frame: Frame;
  readonly end: number;
}

function readCrypto(bytes: Uint8Array, at: number): ReadFrame | null {
  const offset = readVarint(bytes, at);
  const length = offset === null ? null : readVarint(bytes, offset.end);
  if (offset === null || length === null) return null;
  const end = length.end + length.value;
  if (end > bytes.length) return null;
  return { frame: { kind: 'crypto', offset: offset.value, data: bytes.subarray(length.end, end) }, end };
}

function readClose(bytes: Uint8Array, at: number): ReadFrame | null {
  const code = readVarint(bytes, at);
  const frameType = code === null ? null : readVarint(bytes, code.end);
  const length = frameType === null ? null : readVarint(bytes, frameType.end);
  if (code === null || length === null) return null;
  const end = length.end + length.value;
  if (end > bytes.length) return null;
  return { frame: { kind: 'close', code: code.value, reason: utf8.decode(bytes.subarray(length.end, end)) }, end };
}

/** RFC 9000 §19.3: largest, delay, count, first range, then pairs, then three counts with ECN. -1 when cut. */
function skipAck(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  let ranges = 0;
  for (let field = 0; field < 4 + 2 * ranges + (bytes[start] === ACK_ECN ? 3 : 0); field++) {
    const varint = readVarint(bytes, at);
    if (varint === null) return -1;
    if (field === 2) ranges = varint.value;
    at = varint.end;
  }
  return at;
}
