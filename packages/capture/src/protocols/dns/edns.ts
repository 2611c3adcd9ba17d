/** The OPT pseudo-record (RFC 6891) and its options. */

import type { JsonValue } from '@kubeshark/model';
import { hexText } from '../../decode/hex.ts';
import { addressText } from '../../packet/address.ts';

export interface EdnsFacts {
  readonly version: number;
  /** Largest UDP payload the sender takes, in bytes. */
  readonly udpSize: number;
  /** DO: wants DNSSEC records (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly { readonly name: string; readonly value: JsonValue }[];
}

/** Reads the OPT record whose type field is at `at` and whose data ends at `end`. */
export function readEdns(bytes: Uint8Array, at: number, end: number): EdnsFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const options: { name: string; value: JsonValue }[] = [];
  let option = at + 10;
  while (option + 4 <= end) {
    const code = view.getUint16(option);
    const start = option + 4;
    const stop = start + view.getUint16(option + 2);
    if (stop > end) break;
    options.push({ name: optionName(code), value: optionValue(code, bytes.subarray(start, stop)) });
    option = stop;
  }
  return {
    version: view.getUint8(at + 5),
    udpSize: view.getUint16(at + 2),
    dnssecOk: (view.getUint16(at + 6) & 0x8000) !== 0,
    options,
  };
}

const NSID = 3;
const CLIENT_SUBNET = 8;
const COOKIE = 10;
const KEEPALIVE = 11;
const PADDING = 12;
const EXTENDED_ERROR = 15;

const optionNames: Readonly<Record<number, string>> = {
  1: 'LLQ',
  2: 'UL',
  [NSID]: 'NSID',
  5: 'DAU',
  6: 'DHU',
  7: 'N3U',
  [CLIENT_SUBNET]: 'CLIENT-SUBNET',
  9: 'EXPIRE',
  [COOKIE]: 'COOKIE',
  [KEEPALIVE]: 'TCP-KEEPALIVE',
  [PADDING]: 'PADDING',
  13: 'CHAIN',
  14: 'KEY-TAG',
  [EXTENDED_ERROR]: 'EXTENDED-ERROR',
};

const optionName = (code: number) => optionNames[code] ?? `OPTION${code}`;

const utf8 = new TextDecoder();

function optionValue(code: number, data: Uint8Array): JsonValue {
  switch (code) {
    case CLIENT_SUBNET:
      return clientSubnet(data) ?? hexText(data);
    case COOKIE:
      // RFC 7873 §4: eight bytes of the client, then 8 to 32 of the server.
      return { client: hexText(data.subarray(0, 8)), ...(data.length > 8 && { server: hexText(data.subarray(8)) }) };
    case NSID:
      return utf8.decode(data);
    case KEEPALIVE:
      // RFC 7828 §3.1: in units of 100 ms.
      return data.length === 2 ? { milliseconds: ((data[0]! << 8) | data[1]!) * 100 } : hexText(data);
    case PADDING:
      return { bytes: data.length };
    case EXTENDED_ERROR:
      return data.length < 2 ? hexText(data) : extendedError((data[0]! << 8) | data[1]!, utf8.decode(data.subarray(2)));
    default:
      return hexText(data);
  }
}

/** RFC 7871 §6: `192.0.2.0/24`, with the prefix the answer is valid for; null when malformed. */
function clientSubnet(data: Uint8Array): string | null {
  if (data.length < 4) return null;
  const family = (data[0]! << 8) | data[1]!;
  const width = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (width === 0 || data.length - 4 > width) return null;
  const address = new Uint8Array(16);
  address.set(data.subarray(4));
  return `${addressText(address, 0, width === 4 ? 4 : 6)}/${data[2]}/${data[3]}`;
}

/** RFC 8914 §4. */
const extendedErrors: readonly string[] = [
  'Other',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
];

function extendedError(code: number, text: string): JsonValue {
  return { code, meaning: extendedErrors[code] ?? `code ${code}`, ...(text !== '' && { text }) };
}
