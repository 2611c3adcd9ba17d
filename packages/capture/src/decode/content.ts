/** Undoes content encodings (RFC 9110 §8.4) of a body that may be cut, corrupt or hostile. */

import { Buffer } from 'node:buffer';
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

/** Decoded bytes of one body: eight times what is kept of it by default; the rest would be cut anyway. */
const MAX_DECODED_BYTES = 4 * 1024 * 1024;
/** DEFLATE reaches 1032:1 with zeros only; text stays below 20:1. */
const MAX_RATIO = 200;
/** Small bodies may be all repetition: the ratio counts above this. */
const MIN_LIMIT = 64 * 1024;
/** More than two are unknown in the wild; each multiplies what a bomb can do. */
const MAX_ENCODINGS = 3;

export interface Decoded {
  readonly bytes: Uint8Array;
  /** Encodings undone, outermost first. */
  readonly undone: readonly string[];
  /** False when `bytes` is only the beginning. */
  readonly whole: boolean;
  readonly fault?: string;
}

type Decoder = (bytes: Uint8Array, limit: number) => Uint8Array;

// A flush instead of a finish: the end of a cut body is missing, what is there still decodes.
const zlib = (maxOutputLength: number) => ({ maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: (bytes, limit) => gunzipSync(bytes, zlib(limit)),
  // Some servers send raw DEFLATE under this name (RFC 9110 §8.4.1.2).
  deflate: (bytes, limit) =>
    ((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0
      ? inflateSync(bytes, zlib(limit))
      : inflateRawSync(bytes, zlib(limit)),
  br: (bytes, limit) =>
    brotliDecompressSync(bytes, { maxOutputLength: limit, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: (bytes, limit) => zstdDecompressSync(bytes, { maxOutputLength: limit, finishFlush: constants.ZSTD_e_flush }),
};
const otherNames: Readonly<Record<string, string>> = { 'x-gzip': 'gzip' };

/**
 * Decodes as far as the limits and the bytes allow. `encodings` are in the order they were applied, as
 * `Content-Encoding` lists them.
 */
export function decodeContent(bytes: Uint8Array, encodings: readonly string[]): Decoded {
  const applied = encodings.filter((name) => name !== 'identity' && name !== '');
  if (applied.length > MAX_ENCODINGS) return { bytes, undone: [], whole: false, fault: 'too many encodings' };
  const undone: string[] = [];
  let current = bytes;
  let whole = true;
  for (const name of applied.toReversed()) {
    const decoder = Object.hasOwn(decoders, otherNames[name] ?? name) ? decoders[otherNames[name] ?? name] : undefined;
    if (decoder === undefined) return { bytes: current, undone, whole: false, fault: `unknown encoding ${name}` };
    const step = decodeStep(decoder, current);
    if (step === null) return { bytes: current, undone, whole: false, fault: `${name}: broken data` };
    current = step.bytes;
    whole &&= step.whole;
    undone.push(name);
  }
  return { bytes: current, undone, whole, ...(!whole && { fault: 'ratio limit' }) };
}

/** Null when not even the beginning can be decoded. */
function decodeStep(decoder: Decoder, bytes: Uint8Array): { bytes: Uint8Array; whole: boolean } | null {
  if (bytes.length === 0) return { bytes, whole: true };
  const limit = Math.min(MAX_DECODED_BYTES, Math.max(MIN_LIMIT, bytes.length * MAX_RATIO));
  // Over the limit, a shorter part of the input gives the beginning of the output.
  for (let length = bytes.length; length > 0; length = Math.floor(length / 4)) {
    try {
      return { bytes: decoder(bytes.subarray(0, length), limit), whole: length === bytes.length };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return null;
    }
  }
  return null;
}

/** A view of the same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
