/**
 * Key log text as SSLKEYLOGFILE has it (RFC 9850): one secret a line, `LABEL context secret` in hexadecimal. Also the
 * older lines Wireshark knows: `RSA`, `RSA Session-ID:… Master-Key:…`, `PMS_CLIENT_RANDOM`.
 */

import { hexBytes } from '../decode/hex.ts';

export type KeyLogLine =
  /** A secret of the connection whose ClientHello has this random. */
  | { readonly kind: 'secret'; readonly label: string; readonly clientRandom: string; readonly secret: Uint8Array }
  /** The premaster secret behind the encrypted one that begins with these eight bytes. */
  | { readonly kind: 'premaster'; readonly encryptedStart: string; readonly secret: Uint8Array }
  /** The master secret of a session that may be resumed. */
  | { readonly kind: 'session'; readonly sessionId: string; readonly secret: Uint8Array };

/** No secret is longer than a premaster of 4096-bit Diffie–Hellman. */
const MAX_SECRET_BYTES = 512;

const SESSION_LINE = /^RSA Session-ID:([0-9a-f]*) Master-Key:([0-9a-f]{96})$/i;
const SECRET_LINE = /^([A-Z][A-Z0-9_]*) ([0-9a-f]+) ([0-9a-f]+)$/i;

/** Reads one line; null for comments, blank lines and what is no key log line. */
export function parseKeyLogLine(line: string): KeyLogLine | null {
  const text = line.trim();
  const session = SESSION_LINE.exec(text);
  if (session !== null)
    return { kind: 'session', sessionId: session[1]!.toLowerCase(), secret: hexBytes(session[2]!)! };
  const parts = SECRET_LINE.exec(text);
  if (parts === null) return null;
  const label = parts[1]!.toUpperCase();
  const context = parts[2]!.toLowerCase();
  const secret = hexBytes(parts[3]!);
  if (secret === null || secret.length > MAX_SECRET_BYTES) return null;
  if (label === 'RSA') return context.length === 16 ? { kind: 'premaster', encryptedStart: context, secret } : null;
  return context.length === 64 ? { kind: 'secret', label, clientRandom: context, secret } : null;
}
