/** Attributes of a packet → JSON, by name; secrets leave only their name. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { hexText } from '../../decode/hex.ts';
import { textOf } from '../../decode/text.ts';
import { addressText } from '../../packet/address.ts';
import { type AttributeType, attributeOf, eapTypes, type ValueType, vendors } from './attributes.ts';
import { eachAttribute } from './wire.ts';

export const REDACTED = '[REDACTED]';
/** Attributes told of one packet: 4,096 bytes hold two thousand empty ones. */
export const MAX_ATTRIBUTES = 256;
const MICROSOFT = 311;
/** The vendor's number before its attributes. */
export const VENDOR_BYTES = 4;
/** `shell:password=…`, `tunnel-password*…`: settings in text that Cisco's attributes carry, of one line or more. */
const secretSetting = /^([^=*]*(?:pass|secret|psk|key)[^=*]*[=*]).*$/is;

/** What is no text is told by its size: it may be a key that only the two ends understand. */
const opaque = (bytes: Uint8Array): string => textOf(bytes) ?? `${bytes.length} bytes`;

const intOf = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

/** The value without its tag: tags of numbers replace their first byte, those of texts are at most 0x1f. */
const untagged = (type: ValueType, bytes: Uint8Array): Uint8Array =>
  type === 'tagged-int' || (bytes[0] ?? 0xff) <= 0x1f ? bytes.subarray(1) : bytes;

/** The value of an attribute that is not a vendor's, nor EAP. */
export function plainValue({ type, values }: AttributeType, bytes: Uint8Array): string | number {
  const value = typedValue(type, bytes);
  return typeof value === 'number' ? (values?.[value] ?? value) : value;
}

function typedValue(type: ValueType, bytes: Uint8Array): string | number {
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
    const attribute = attributeOf(number);
    const { name, type } = attribute;
    if (type === 'omitted') return;
    if (type === 'eap') {
      eap.push(bytes);
      return;
    }
    if (type === 'vendor') return vendorAttributes(bytes, add);
    add(name, plainValue(attribute, bytes));
  });
  const [first] = eap;
  if (first !== undefined) add('EAP-Message', eapOf(first));
  return found;
}

/** What only the two ends of a login understand is left out: code and method tell how far they are (RFC 3748 §4). */
export function eapOf([code = 0, , , , type = 0]: Uint8Array): string {
  const word = ['', 'Request', 'Response', 'Success', 'Failure'][code] ?? `code ${code}`;
  return code === 1 || code === 2 ? `${word} ${eapTypes[type] ?? `type ${type}`}` : word;
}

/** RFC 2865 §5.26: the vendor's number, then attributes in the usual form, mostly. */
function vendorAttributes(bytes: Uint8Array, add: (name: string, value: JsonValue) => void): void {
  if (bytes.length < VENDOR_BYTES) return;
  const number = intOf(bytes.subarray(0, VENDOR_BYTES));
  const vendor = vendorName(number);
  const inner: [number, Uint8Array][] = [];
  const isUsual = eachAttribute(bytes, (type, value) => inner.push([type, value]), VENDOR_BYTES);
  if (!isUsual) return add(vendor, `${bytes.length - VENDOR_BYTES} bytes`);
  for (const [type, value] of inner) add(`${vendor}-${type}`, vendorValue(number, value));
}

export const vendorName = (number: number): string => vendors[number] ?? `Vendor-${number}`;

/** Microsoft's attributes are challenges, answers and keys. */
export const isSecretVendor = (vendor: number): boolean => vendor === MICROSOFT;

export function vendorValue(vendor: number, bytes: Uint8Array): string | number {
  if (isSecretVendor(vendor)) return REDACTED;
  const value = bytes.length === 4 ? (textOf(bytes) ?? intOf(bytes)) : opaque(bytes);
  return typeof value === 'string' ? value.replace(secretSetting, `$1${REDACTED}`) : value;
}
