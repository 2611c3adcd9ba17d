/** Packed bodies: native protocol v4, §5, and v5, §2.2. Both codecs stop at a limit. */

import { unlz4Block } from '../../decode/lz4.ts';
import { unsnappy } from '../../decode/snappy.ts';
import { int32, MAX_WHOLE_BYTES } from './wire.ts';

/** Unpacked bytes of one body: what is kept of it is less. */
const MAX_UNPACKED_BYTES = 8 * MAX_WHOLE_BYTES;

/** The body of an envelope; `algorithm` as STARTUP named it, undefined when that was not seen. Null when it is broken. */
export function unpack(body: Uint8Array, algorithm: string | undefined): Uint8Array | null {
  if (body.length === 0) return body;
  if (algorithm === 'snappy') return unsnappy(body, MAX_UNPACKED_BYTES)?.bytes ?? null;
  const length = int32(body, 0);
  const lz4 = length < 0 ? null : unlz4Block(body.subarray(4), Math.min(length, MAX_UNPACKED_BYTES));
  if (lz4 !== null && (lz4.bytes.length === length || length > MAX_UNPACKED_BYTES)) return lz4.bytes;
  return algorithm === undefined ? (unsnappy(body, MAX_UNPACKED_BYTES)?.bytes ?? null) : null;
}

/** The payload of a packed segment. */
export function unpackSegment(payload: Uint8Array, unpacked: number): Uint8Array | null {
  return unpacked === 0 ? payload : (unlz4Block(payload, unpacked)?.bytes ?? null);
}
