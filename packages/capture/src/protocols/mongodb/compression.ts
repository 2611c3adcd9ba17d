/** OP_COMPRESSED: another message's body, made smaller. */

import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { le32 } from '../../decode/little-endian.ts';
import { unsnappy } from '../../decode/snappy.ts';
import type { Message } from './wire.ts';

/** What a compressed message may claim to hold; more is not undone. */
export const MAX_INFLATED_BYTES = 4 * 1024 * 1024;
const HEAD_BYTES = 9;

const compressors = ['none', 'snappy', 'zlib', 'zstd'] as const;

export interface Inflated {
  readonly message: Message;
  readonly compressor: string;
}

/** The message inside, with the size it had on the wire; undefined when it cannot be had. */
export function inflate(message: Message): Inflated | undefined {
  const { body, length } = message;
  const opcode = le32(body, 0);
  const size = le32(body, 4);
  const compressor = compressors[body[8] ?? 9];
  if (compressor === undefined || body.length < HEAD_BYTES || body.length < length) return undefined;
  if (size < 0 || size > MAX_INFLATED_BYTES) return undefined;
  const bytes = undo(compressor, body.subarray(HEAD_BYTES), size);
  return bytes === undefined ? undefined : { compressor, message: message.inside(opcode, bytes) };
}

function undo(compressor: (typeof compressors)[number], bytes: Uint8Array, size: number): Uint8Array | undefined {
  const options = { maxOutputLength: Math.max(1, size) };
  try {
    switch (compressor) {
      case 'none':
        return bytes;
      case 'snappy':
        return unsnappy(bytes, size)?.bytes;
      case 'zlib':
        return inflateSync(bytes, options);
      case 'zstd':
        return zstdDecompressSync(bytes, options);
    }
  } catch {
    // Broken data is data too: the caller counts it.
    return undefined;
  }
}
