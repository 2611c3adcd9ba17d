/** Opens the records of one direction: AEAD of TLS 1.2 (RFC 5288, 6655, 7905) and 1.3 (RFC 8446 §5.2), CBC of TLS 1.0–1.2. */

import { type CipherGCMTypes, createDecipheriv, createHmac } from 'node:crypto';
import type { CipherSuite } from './cipher-suites.ts';
import { type DirectionKeys, hashBytes, TLS10, TLS13 } from './key-schedule.ts';

/** A record as it stands on the wire, without its header of five bytes. */
export interface SealedRecord {
  readonly type: number;
  /** Version of the record header. */
  readonly version: number;
  readonly fragment: Uint8Array;
}

export interface OpenedRecord {
  /** The content type; in TLS 1.3 the inner one. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface RecordCipherOptions {
  readonly suite: CipherSuite;
  /** Negotiated version: 0x0301 to 0x0304. */
  readonly version: number;
  readonly keys: DirectionKeys;
  /** CBC: the MAC is over the ciphertext (RFC 7366). */
  readonly encryptThenMac: boolean;
}

/**
 * After lost bytes the number of the next record is unknown, and it is part of what is authenticated: so many numbers are
 * tried. Enough for 1 MB of full records; each try costs a few microseconds, once a gap.
 */
const MAX_SKIPPED_RECORDS = 64;

export class RecordCipher {
  readonly #options: RecordCipherOptions;
  #sequence = 0;
  /** TLS 1.0: the last ciphertext block is the IV of the next record (RFC 2246 §6.2.3.2). */
  #chainedIv: Uint8Array;
  #mayHaveSkipped = false;

  constructor(options: RecordCipherOptions) {
    this.#options = options;
    this.#chainedIv = options.keys.iv;
  }

  /** Records of this direction were lost: the next one may have any later number. */
  lost(): void {
    this.#mayHaveSkipped = true;
  }

  /** The record's content; null when it does not belong to these keys, or was changed. Only success advances. */
  open(record: SealedRecord): OpenedRecord | null {
    const tries = this.#mayHaveSkipped ? MAX_SKIPPED_RECORDS : 1;
    for (let skipped = 0; skipped < tries; skipped++) {
      const opened = this.#openAs(record, this.#sequence + skipped);
      if (opened === null) continue;
      this.#sequence += skipped + 1;
      this.#mayHaveSkipped = false;
      return opened;
    }
    return null;
  }

  #openAs(record: SealedRecord, sequence: number): OpenedRecord | null {
    if (this.#options.suite.kind === 'cbc') return this.#openCbc(record, sequence);
    return this.#options.version === TLS13 ? this.#open13(record, sequence) : this.#openAead12(record, sequence);
  }

  #open13(record: SealedRecord, sequence: number): OpenedRecord | null {
    const { fragment } = record;
    const nonce = xorNonce(this.#options.keys.iv, sequence);
    const additional = Uint8Array.of(record.type, 3, 3, fragment.length >> 8, fragment.length & 0xff);
    const inner = this.#decrypt({ nonce, additional, sealed: fragment });
    if (inner === null) return null;
    // RFC 8446 §5.2: content, then its type, then any number of zeros.
    let end = inner.length;
    while (end > 0 && inner[end - 1] === 0) end--;
    return end === 0 ? null : { type: inner[end - 1]!, bytes: inner.subarray(0, end - 1) };
  }

  #openAead12(record: SealedRecord, sequence: number): OpenedRecord | null {
    const { keys, suite } = this.#options;
    const isChaCha = keys.iv.length === 12;
    const explicitBytes = isChaCha ? 0 : 8;
    const length = record.fragment.length - explicitBytes - suite.tagBytes;
    if (length < 0) return null;
    let nonce: Uint8Array;
    if (isChaCha) nonce = xorNonce(keys.iv, sequence);
    else {
      nonce = new Uint8Array(12);
      nonce.set(keys.iv);
      nonce.set(record.fragment.subarray(0, 8), 4);
    }
    const additional = macHeader(record, sequence, length);
    const bytes = this.#decrypt({ nonce, additional, sealed: record.fragment.subarray(explicitBytes) });
    return bytes === null ? null : { type: record.type, bytes };
  }

  #decrypt(input: { nonce: Uint8Array; additional: Uint8Array; sealed: Uint8Array }): Uint8Array | null {
    const { keys, suite } = this.#options;
    const length = input.sealed.length - suite.tagBytes;
    if (length < 0) return null;
    try {
      // Node types the modes apart; all three take these options and calls.
      const decipher = createDecipheriv(suite.algorithm as CipherGCMTypes, keys.key, input.nonce, {
        authTagLength: suite.tagBytes,
      });
      decipher.setAuthTag(input.sealed.subarray(length));
      decipher.setAAD(input.additional, { plaintextLength: length });
      const bytes = decipher.update(input.sealed.subarray(0, length));
      decipher.final();
      return plain(bytes);
    } catch {
      // The tag does not fit: wrong keys or changed bytes; a length that CCM cannot take ends here too.
      return null;
    }
  }

  #openCbc(record: SealedRecord, sequence: number): OpenedRecord | null {
    const { suite, version, keys, encryptThenMac } = this.#options;
    const macBytes = hashBytes(suite.mac);
    let sealed = record.fragment;
    if (encryptThenMac) {
      const end = sealed.length - macBytes;
      if (end < 0 || !this.#macFits(record, sequence, { data: sealed.subarray(0, end), mac: sealed.subarray(end) })) {
        return null;
      }
      sealed = sealed.subarray(0, end);
    }
    const hasOwnIv = version > TLS10;
    const iv = hasOwnIv ? sealed.subarray(0, suite.blockBytes) : this.#chainedIv;
    const blocks = hasOwnIv ? sealed.subarray(suite.blockBytes) : sealed;
    if (blocks.length === 0 || blocks.length % suite.blockBytes !== 0) return null;
    const decipher = createDecipheriv(suite.algorithm, keys.key, iv);
    decipher.setAutoPadding(false);
    const padded = plain(decipher.update(blocks));
    const content = unpad(padded);
    if (content === null) return null;
    const end = encryptThenMac ? content.length : content.length - macBytes;
    if (end < 0) return null;
    const bytes = content.subarray(0, end);
    if (!encryptThenMac && !this.#macFits(record, sequence, { data: bytes, mac: content.subarray(end) })) return null;
    if (!hasOwnIv) this.#chainedIv = blocks.slice(-suite.blockBytes);
    return { type: record.type, bytes };
  }

  #macFits(record: SealedRecord, sequence: number, { data, mac }: { data: Uint8Array; mac: Uint8Array }): boolean {
    const { suite, keys } = this.#options;
    const header = macHeader(record, sequence, data.length);
    const expected = createHmac(suite.mac, keys.macKey).update(header).update(data).digest();
    return expected.length === mac.length && expected.every((octet, i) => octet === mac[i]);
  }
}

/** The same memory as a plain Uint8Array: whoever reads the plaintext takes copies with slice, which Buffer does not make. */
function plain({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** RFC 5246 §6.2.3.2: the last byte says how many bytes before it have the same value. */
function unpad(padded: Uint8Array): Uint8Array | null {
  const count = padded[padded.length - 1]! + 1;
  if (count > padded.length) return null;
  for (let i = padded.length - count; i < padded.length; i++) if (padded[i] !== count - 1) return null;
  return padded.subarray(0, padded.length - count);
}

/** RFC 8446 §5.3: the sequence number, at the right end, XORed into the IV. */
function xorNonce(iv: Uint8Array, sequence: number): Uint8Array {
  const nonce = Uint8Array.from(iv);
  const view = new DataView(nonce.buffer);
  view.setUint32(8, view.getUint32(8) ^ (sequence >>> 0));
  view.setUint32(4, view.getUint32(4) ^ Math.floor(sequence / 2 ** 32));
  return nonce;
}

/** RFC 5246 §6.2.3.1: number, type, version and plaintext length, authenticated with the content. */
function macHeader({ type, version }: SealedRecord, sequence: number, length: number): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, Math.floor(sequence / 2 ** 32));
  view.setUint32(4, sequence >>> 0);
  view.setUint8(8, type);
  view.setUint16(9, version);
  view.setUint16(11, length);
  return header;
}
