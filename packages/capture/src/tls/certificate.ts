/** Certificates as people want to read them. */

import { X509Certificate } from 'node:crypto';
import { ByteReader } from '../decode/byte-reader.ts';
import { vector } from './presentation.ts';

export interface CertificateFacts {
  /** `CN=shop.example, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Subject alternative names: `DNS:shop.example`. */
  readonly names: readonly string[];
  readonly serial: string;
  readonly key: string;
  /** SHA-256 of the whole certificate, in hexadecimal. */
  readonly fingerprint: string;
}

/** A chain longer than this is not shown further; real ones have two to five. */
const MAX_CHAIN = 10;

/** The DER certificates of a Certificate message (RFC 5246 §7.4.2; with a context and extensions in RFC 8446 §4.4.2). */
export function certificateChain(body: Uint8Array, isTls13: boolean): Uint8Array[] {
  const reader = new ByteReader(body);
  if (isTls13) vector(reader, 1);
  const list = new ByteReader(vector(reader, 3));
  const chain: Uint8Array[] = [];
  while (list.left > 0 && chain.length < MAX_CHAIN) {
    const certificate = vector(list, 3);
    if (isTls13) vector(list, 2);
    if (list.isShort) break;
    chain.push(certificate.slice());
  }
  return chain;
}

/** The facts of a DER certificate; null when it cannot be read. */
export function certificateFacts(der: Uint8Array): CertificateFacts | null {
  try {
    const certificate = new X509Certificate(der);
    const { publicKey } = certificate;
    const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
    const size = modulusLength ?? namedCurve;
    return {
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      notBefore: new Date(certificate.validFrom).toISOString(),
      notAfter: new Date(certificate.validTo).toISOString(),
      names: certificate.subjectAltName?.split(', ') ?? [],
      serial: certificate.serialNumber.toLowerCase(),
      key: size === undefined ? `${publicKey.asymmetricKeyType}` : `${publicKey.asymmetricKeyType} ${size}`,
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    };
  } catch {
    // Not a certificate that OpenSSL can read: the connection is shown without it.
    return null;
  }
}

/** Node gives one line a part, most general first; people write the most specific first. */
function oneLine(name: string): string {
  return name.split('\n').toReversed().join(', ');
}
