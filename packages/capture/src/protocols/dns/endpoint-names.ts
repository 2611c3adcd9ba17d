/**
 * Questions as text (`A orders.example`), remembered by their bytes: statistics read the endpoint of every call, and the
 * same few thousand names are asked for again and again.
 */

import { ByteInterner } from '../../decode/interner.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { typeName } from './codes.ts';
import { readName } from './names.ts';
import { HEADER_BYTES } from './wire.ts';

/** Names have 255 bytes at most (RFC 1035 §2.3.4), type and class follow. Half as many are kept: about 1 MB. */
const groups = new ByteInterner(
  (bytes, start, end) => {
    // A view that begins with the message: compression pointers count from there.
    const message = bytes.subarray(start - HEADER_BYTES, end);
    const name = readName(message, HEADER_BYTES);
    if (name === null || name.end + 4 !== message.length) return null;
    const type = typeName((message[name.end]! << 8) | message[name.end + 1]!);
    return new CallGroup(`${type} ${name.text.toLowerCase()}`);
  },
  { capacity: 8192, maxLength: 259 },
);

/**
 * Calls with the same type and lower-case name in the only question of the message that begins at `start`; the question ends at
 * `end`. Null when it cannot be read.
 */
export const groupOf = (bytes: Uint8Array, start: number, end: number): CallGroup | null =>
  groups.of(bytes, start + HEADER_BYTES, end);
