/** How TLS makes keys from secrets: the PRF of TLS 1.0–1.2 (RFC 2246 §5, RFC 5246 §5) and HKDF of TLS 1.3 (RFC 8446 §7). */

import { createHash, createHmac, type Hash } from 'node:crypto';
import type { CipherSuite, HashName } from './cipher-suites.ts';

export const TLS10 = 0x0301;
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

const MASTER_SECRET_BYTES = 48;
const encoder = new TextEncoder();

/** The hash over handshake messages that the version and suite prescribe. */
export function transcriptHash(version: number, suite: CipherSuite): Hash[] {
  return version < TLS12 ? [createHash('md5'), createHash('sha1')] : [createHash(suite.hash)];
}

export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** The master secret of TLS 1.0–1.2; `sessionHash` when extended (RFC 7627 §4). */
export function masterSecret(
  premaster: Uint8Array,
  prf: Prf,
  seed: Randoms | { readonly sessionHash: Uint8Array },
): Uint8Array {
  return 'sessionHash' in seed
    ? prf(premaster, 'extended master secret', seed.sessionHash, MASTER_SECRET_BYTES)
    : prf(premaster, 'master secret', concat(seed.client, seed.server), MASTER_SECRET_BYTES);
}

export type Prf = (secret: Uint8Array, label: string, seed: Uint8Array, length: number) => Uint8Array;

/** The pseudorandom function of a version up to TLS 1.2. */
export function prfOf(version: number, suite: CipherSuite): Prf {
  if (version >= TLS12) {
    return (secret, label, seed, length) => pHash(suite.hash, secret, concat(encoder.encode(label), seed), length);
  }
  // RFC 2246 §5: MD5 over the first half of the secret, SHA-1 over the second, a middle byte belonging to both.
  return (secret, label, seed, length) => {
    const half = Math.ceil(secret.length / 2);
    const data = concat(encoder.encode(label), seed);
    const out = pHash('md5', secret.subarray(0, half), data, length);
    const other = pHash('sha1', secret.subarray(secret.length - half), data, length);
    for (let i = 0; i < length; i++) out[i]! ^= other[i]!;
    return out;
  };
}

function pHash(hash: HashName, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let a: Uint8Array = seed;
  for (let at = 0; at < length; ) {
    a = createHmac(hash, secret).update(a).digest();
    const block = createHmac(hash, secret)
      .update(a)
      .update(seed)
      .digest()
      .subarray(0, length - at);
    out.set(block, at);
    at += block.length;
  }
  return out;
}

/** Keys of one direction. */
export interface DirectionKeys {
  readonly macKey: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** RFC 5246 §6.3: both directions' keys out of one block. */
export function keyBlock(
  master: Uint8Array,
  suite: CipherSuite,
  { prf, randoms }: { readonly prf: Prf; readonly randoms: Randoms },
): { readonly client: DirectionKeys; readonly server: DirectionKeys } {
  const macBytes = suite.kind === 'cbc' ? hashBytes(suite.mac) : 0;
  const ivBytes = suite.kind === 'cbc' ? suite.blockBytes : saltBytes(suite);
  const sizes = [macBytes, macBytes, suite.keyBytes, suite.keyBytes, ivBytes, ivBytes];
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const block = prf(master, 'key expansion', concat(randoms.server, randoms.client), total);
  let at = 0;
  const [clientMac, serverMac, clientKey, serverKey, clientIv, serverIv] = sizes.map((size) => {
    at += size;
    return block.subarray(at - size, at);
  });
  return {
    client: { macKey: clientMac!, key: clientKey!, iv: clientIv! },
    server: { macKey: serverMac!, key: serverKey!, iv: serverIv! },
  };
}

/** Implicit part of the nonce: 4 bytes in GCM and CCM (RFC 5288 §3), all 12 in ChaCha20 (RFC 7905 §2). */
const saltBytes = (suite: CipherSuite) => (suite.algorithm === 'chacha20-poly1305' ? 12 : 4);

export function hashBytes(hash: HashName): number {
  return { md5: 16, sha1: 20, sha256: 32, sha384: 48 }[hash];
}

/** RFC 8446 §7.3: key and IV of a traffic secret; QUIC has labels of its own (RFC 9001 §5.1). */
export function trafficKeys(
  secret: Uint8Array,
  suite: Pick<CipherSuite, 'hash' | 'keyBytes'>,
  labels = { key: 'key', iv: 'iv' },
): { readonly key: Uint8Array; readonly iv: Uint8Array } {
  return {
    key: expandLabel(suite.hash, secret, labels.key, suite.keyBytes),
    iv: expandLabel(suite.hash, secret, labels.iv, 12),
  };
}

/** RFC 8446 §7.2: the secret after a KeyUpdate. */
export function nextTrafficSecret(secret: Uint8Array, hash: 'sha256' | 'sha384'): Uint8Array {
  return expandLabel(hash, secret, 'traffic upd', hashBytes(hash));
}

/** HKDF-Expand-Label with an empty context (RFC 8446 §7.1). */
export function expandLabel(hash: 'sha256' | 'sha384', secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = encoder.encode(`tls13 ${label}`);
  const info = Uint8Array.of(length >> 8, length & 0xff, name.length, ...name, 0);
  const out = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, counter = 1; at < length; counter++) {
    block = createHmac(hash, secret).update(block).update(info).update(Uint8Array.of(counter)).digest();
    out.set(block.subarray(0, length - at), at);
    at += block.length;
  }
  return out;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
