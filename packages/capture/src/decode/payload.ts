/** The model's form of a payload: text where it is text, base64 where not, and what is missing of it. */

import type { Body } from '@kubeshark/model';
import { asBuffer, type Decoded } from './content.ts';
import { type TextHints, textOf } from './text.ts';

export interface PayloadFacts extends TextHints {
  /** Bytes on the wire, more than were kept when `isCut`. */
  readonly size: number;
  readonly isCut: boolean;
  /** Bytes shown after decoding. */
  readonly limit: number;
}

/** Undefined when there was no payload. */
export function payloadOf(
  { bytes, undone, whole, fault }: Decoded,
  { size, isCut, limit, ...hints }: PayloadFacts,
): Body | undefined {
  if (size === 0) return undefined;
  const { mime = '' } = hints;
  const shown = bytes.length > limit ? bytes.subarray(0, limit) : bytes;
  const text = textOf(shown, hints);
  const truncated = isCut || !whole || shown.length < bytes.length;
  return {
    size,
    ...(undone.length > 0 && whole && !isCut && { decodedSize: bytes.length }),
    ...(mime !== '' && { mime }),
    ...(undone.length > 0 && { encoding: undone }),
    ...(shown.length > 0 && (text === null ? { base64: asBuffer(shown).toString('base64') } : { text })),
    ...(truncated && { truncated }),
    ...(fault !== undefined && { fault }),
  };
}

/** A payload in plain. */
export const plainPayload = (bytes: Uint8Array, facts: PayloadFacts): Body | undefined =>
  payloadOf({ bytes, undone: [], whole: true }, facts);
