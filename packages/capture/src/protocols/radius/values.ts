/** Attributes of a packet → JSON, by name; secrets leave only their name. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { hexText } from '../../decode/hex.ts';
import { textOf } from '../../decode/text.ts';
import { addressText } from '../../packet/address.ts';
import { attributeOf, eapTypes, type ValueType, vendors } from './attributes.ts';
import { eachAttribute } from './wire.ts';

const REDACTED = '[REDACTED]';
/** Attributes told of one packet: 4,096 bytes hold two thousand empty ones. */
export const MAX_ATTRIBUTES = 256;
const MICROSOFT = 311;
/** `shell:password=…`, `tunnel-password#…`: settings in text that Cisco's attributes carry. */
const secretSetting = /^([^=*]*(?:pass|secret|psk|key)[^=*]*[=*]).*$/i;

/** What is no text is told by its size: it may be a key that only the two ends understand. */
const opaque = (bytes: Uint8Array): string => textOf(bytes) ?? `${bytes.length} bytes`;

const intOf = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

/** The value without its tag: tags of numbers replace their first byte, those of texts are at most 0x1f. */
const untagged = (type: ValueType, bytes: Uint8Array): Uint8Array =>
  type === 'tagged-int' || (bytes[0] ?? 0xff) <= 0x1f ? bytes.subarray(1) : bytes;

function plainValue(type: ValueType, bytes: Uint8Array): JsonValue {
  switch (type) {
    case 'text':
      return textOf(bytes) ?? hexText(bytes);
    case 'tagged-text':
      return textOf(untagged(type, bytes)) ?? hexText(bytes);
    case 'int':
    case 'tagged-int':
      return bytes.length === 4 ? intOf(type === 'int' ? bytes : untagged(type, bytes)) : hexText(bytes);
    case 'int64':
    case 'prefix6':
      return hexText(bytes);
    case 'ip':
      return bytes.length === 4 ? bytes.join('.') : hexText(bytes);
    case 'ip6':
      return bytes.length === 16 ? addressText(bytes, 0, 6) : hexText(bytes);
    case 'time':
      return bytes.length === 4 ? new Date(intOf(bytes) * 1000).toISOString() : hexText(bytes);
    case 'secret':
      return REDACTED;
    default:
      return opaque(bytes);
  }
}

/** All attributes that are shown; one that comes again is a list. */
export function attributesOf(packet: Uint8Array): JsonObject {
  const found: Record<string, JsonValue> = {};
  let count = 0;
  const add = (name: string, value: JsonValue) => {
    const before = found[name];
    found[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  };
  const eap: Uint8Array[] = [];
  eachAttribute(packet, (number, bytes) => {
    if (++count > MAX_ATTRIBUTES) return;
    const { name, type, values } = attributeOf(number);
    if (type === 'omitted') return;
    if (type === 'eap') {
      eap.push(bytes);
      return;
    }
    if (type === 'vendor') return vendorAttributes(bytes, add);
    const value = plainValue(type, bytes);
    add(name, typeof value === 'number' ? (values?.[value] ?? value) : value);
  });
  if (eap.length > 0) add('EAP-Message', eapOf(eap));
  return found;
}

/** What only the two ends of a login understand is left out: code and method tell how far they are (RFC 3748 §4). */
function eapOf(parts: readonly Uint8Array[]): string {
  const [code = 0, , , , type = 0] = parts[0] ?? [];
  const word = ['', 'Request', 'Response', 'Success', 'Failure'][code] ?? `code ${code}`;
  return code === 1 || code === 2 ? `${word} ${eapTypes[type] ?? `type ${type}`}` : word;
}

/** RFC 2865 §5.26: the vendor's number, then attributes in the usual form, mostly. */
function vendorAttributes(bytes: Uint8Array, add: (name: string, value: JsonValue) => void): void {
  if (bytes.length < 4) return;
  const number = intOf(bytes.subarray(0, 4));
  const vendor = vendors[number] ?? `Vendor-${number}`;
  const inner: [number, JsonValue][] = [];
  const isUsual = eachAttribute(
    bytes,
    (type, value) => {
      // Microsoft's attributes are challenges, answers and keys.
      if (number === MICROSOFT) inner.push([type, REDACTED]);
      else inner.push([type, value.length === 4 ? (textOf(value) ?? intOf(value)) : opaque(value)]);
    },
    4,
  );
  if (!isUsual) return add(vendor, `${bytes.length - 4} bytes`);
  for (const [type, value] of inner) {
    const name = `${vendor}-${type}`;
    add(name, typeof value === 'string' ? value.replace(secretSetting, `$1${REDACTED}`) : value);
  }
}
