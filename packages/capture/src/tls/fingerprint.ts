/** Fingerprints of TLS clients: JA3 (github.com/salesforce/ja3) and JA4 (github.com/FoxIO-LLC/ja4, technical_details). */

import { createHash } from 'node:crypto';
import type { ClientHello } from './hello.ts';

/** RFC 8701: reserved values that clients scatter about so that servers stay tolerant; no part of a fingerprint. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

const withoutGrease = (values: readonly number[]) => values.filter((value) => !isGrease(value));

/** MD5 of version, ciphers, extensions, groups and point formats, in the order sent. */
export function ja3(hello: ClientHello): string {
  const lists = [hello.ciphers, hello.extensions, hello.groups, hello.pointFormats];
  const text = [String(hello.legacyVersion), ...lists.map((list) => withoutGrease(list).join('-'))].join(',');
  return createHash('md5').update(text).digest('hex');
}

const SERVER_NAME = 0;
const ALPN = 16;

const ja4Versions: Readonly<Record<number, string>> = {
  772: '13',
  771: '12',
  770: '11',
  769: '10',
  768: 's3',
  2: 's2',
};

/** `t13d1516h2_8daaf6152771_e5627efa2ab1`; the transport is `t` for TCP and `q` for QUIC. */
export function ja4(hello: ClientHello, transport: 't' | 'q'): string {
  const ciphers = withoutGrease(hello.ciphers);
  const extensions = withoutGrease(hello.extensions);
  const offered = withoutGrease(hello.versions);
  const version = ja4Versions[offered.length > 0 ? Math.max(...offered) : hello.legacyVersion] ?? '00';
  const sni = extensions.includes(SERVER_NAME) ? 'd' : 'i';
  const readable = `${transport}${version}${sni}${count(ciphers)}${count(extensions)}${alpnEnds(hello.alpn[0] ?? '')}`;
  const rest = hexList(extensions.filter((type) => type !== SERVER_NAME && type !== ALPN).toSorted((a, b) => a - b));
  const signatures = hexList(withoutGrease(hello.signatureAlgorithms));
  const extensionPart = rest === '' ? '' : signatures === '' ? rest : `${rest}_${signatures}`;
  return `${readable}_${digest(hexList(ciphers.toSorted((a, b) => a - b)))}_${digest(extensionPart)}`;
}

const count = (values: readonly number[]) => String(Math.min(99, values.length)).padStart(2, '0');

const hexList = (values: readonly number[]) => values.map((value) => value.toString(16).padStart(4, '0')).join(',');

/** An empty list is shown as zeros, so that it cannot be taken for a hash. */
function digest(text: string): string {
  return text === '' ? '000000000000' : createHash('sha256').update(text).digest('hex').slice(0, 12);
}

const ALPHANUMERIC = /^[0-9A-Za-z]$/;

/** First and last character of the first protocol; of its hexadecimal text when they are no letters or digits. */
function alpnEnds(alpn: string): string {
  const first = alpn.charAt(0);
  const last = alpn.charAt(alpn.length - 1);
  if (first === '') return '00';
  if (ALPHANUMERIC.test(first) && ALPHANUMERIC.test(last)) return first + last;
  const hexOf = (character: string) => character.charCodeAt(0).toString(16).padStart(2, '0');
  return hexOf(first).charAt(0) + hexOf(last).charAt(1);
}
