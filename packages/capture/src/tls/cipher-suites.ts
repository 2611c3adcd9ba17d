/** What a TLS cipher suite is made of, read from its name; only what this package can decrypt. */

import { cipherSuiteName } from './cipher-suite-names.ts';

export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384';

export interface CipherSuite {
  readonly name: string;
  readonly kind: 'aead' | 'cbc';
  /** The name Node's crypto knows the cipher by. */
  readonly algorithm: string;
  readonly keyBytes: number;
  /** Bytes of the authentication tag (AEAD). */
  readonly tagBytes: number;
  /** Bytes of a cipher block (CBC). */
  readonly blockBytes: number;
  /** Hash of the record MAC (CBC). */
  readonly mac: HashName;
  /** Hash of the key schedule: HKDF in TLS 1.3, the PRF in TLS 1.2. */
  readonly hash: 'sha256' | 'sha384';
  /** The client sends the premaster secret encrypted to the server's RSA key (RFC 5246 §7.4.7.1). */
  readonly usesRsaKeyExchange: boolean;
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, `TLS_CHACHA20_POLY1305_SHA256`, `TLS_RSA_WITH_3DES_EDE_CBC_SHA`. */
const SUITE_NAME =
  /^TLS_(?:(?<exchange>\w+)_WITH_)?(?<cipher>(?:AES|CAMELLIA|ARIA)_(?:128|256)|3DES_EDE|CHACHA20)_(?<mode>GCM|CCM_8|CCM|CBC|POLY1305)(?:_(?<hash>SHA256|SHA384|SHA|MD5))?$/;

const macs: Readonly<Record<string, HashName>> = { SHA: 'sha1', SHA256: 'sha256', SHA384: 'sha384', MD5: 'md5' };

/** The suite with this code; null when it is unknown or cannot be decrypted here (RC4, NULL, export grades, GOST, …). */
export function cipherSuiteOf(code: number): CipherSuite | null {
  const name = cipherSuiteName(code);
  const parts = SUITE_NAME.exec(name)?.groups;
  if (parts === undefined) return null;
  const { exchange, cipher = '', mode = '', hash = '' } = parts;
  const [family = '', bits] = cipher.split('_');
  return {
    name,
    kind: mode === 'CBC' ? 'cbc' : 'aead',
    algorithm: algorithmOf(family, bits, mode),
    keyBytes: family === 'CHACHA20' ? 32 : family === '3DES' ? 24 : Number(bits) / 8,
    tagBytes: mode === 'CCM_8' ? 8 : 16,
    blockBytes: family === '3DES' ? 8 : 16,
    mac: macs[hash] ?? 'sha256',
    hash: hash === 'SHA384' ? 'sha384' : 'sha256',
    usesRsaKeyExchange: exchange === 'RSA',
  };
}

function algorithmOf(family: string, bits: string | undefined, mode: string): string {
  if (family === 'CHACHA20') return 'chacha20-poly1305';
  if (family === '3DES') return 'des-ede3-cbc';
  return `${family}-${bits}-${mode === 'CCM_8' ? 'CCM' : mode}`.toLowerCase();
}
