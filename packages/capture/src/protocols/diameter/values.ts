/** AVPs → JSON, by name; groups are objects; secrets leave only their name. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { textOf } from '../../decode/text.ts';
import { addressText } from '../../packet/address.ts';
import { u32 } from '../../packet/big-endian.ts';
import { type Avp, avpOf } from './names.ts';
import { avpsIn, HEADER_BYTES } from './wire.ts';

export const REDACTED = '[REDACTED]';
/** AVPs told of one message, all levels together. */
export const MAX_AVPS = 1024;
/** Groups in groups; credit control has three. */
export const MAX_DEPTH = 16;
/** Seconds from 1900, where times of Diameter (NTP's) begin, to 1970. */
const NTP_EPOCH = 2_208_988_800;

/** What is no text is told by its size: it may be a key. */
function opaque(bytes: Uint8Array): string | number {
  const text = textOf(bytes);
  if (text !== null) return text;
  return bytes.length === 4 ? u32(bytes, 0) >>> 0 : `${bytes.length} bytes`;
}

/** The value of an AVP that is no group, or one of too many levels. */
export function scalarOf({ type, values }: Avp, bytes: Uint8Array): string | number {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  switch (type) {
    case 'int': {
      if (length !== 4) return opaque(bytes);
      const value = view.getUint32(0);
      return values?.[value] ?? value;
    }
    case 'signed':
      return length === 4 ? view.getInt32(0) : opaque(bytes);
    case 'long':
      return length === 8 ? exact(view.getBigUint64(0)) : opaque(bytes);
    case 'time':
      return length === 4 ? new Date((view.getUint32(0) - NTP_EPOCH) * 1000).toISOString() : opaque(bytes);
    case 'address':
      // The family before the address: 1 is IPv4, 2 is IPv6 (§4.3.1).
      if (length === 6) return addressText(bytes, 2, 4);
      return length === 18 ? addressText(bytes, 2, 6) : opaque(bytes);
    case 'secret':
      return REDACTED;
    default:
      return opaque(bytes);
  }
}

/** A number while that is exact, else its digits. */
const exact = (value: bigint): string | number =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

/** The AVPs of a message; one that comes again is a list. */
export function avpsOf(message: Uint8Array): JsonObject {
  const budget = { left: MAX_AVPS };
  return groupOf(message, HEADER_BYTES, { budget, depth: 0 });
}

function groupOf(
  bytes: Uint8Array,
  start: number,
  { budget, depth }: { readonly budget: { left: number }; readonly depth: number },
): JsonObject {
  const found: Record<string, JsonValue> = {};
  for (const { code, vendor, value: content } of avpsIn(bytes, start)) {
    if (--budget.left < 0) break;
    const avp = avpOf(code, vendor);
    const isGroup = avp.type === 'group' && depth < MAX_DEPTH;
    const value = isGroup ? groupOf(content, 0, { budget, depth: depth + 1 }) : scalarOf(avp, content);
    const before = found[avp.name];
    found[avp.name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return found;
}
