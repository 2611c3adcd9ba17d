/**
 * gRPC's length-prefixed messages: a flag byte, a length of four bytes, the message
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), and gRPC-Web's trailers among them.
 */

import type { JsonObject } from '@kubeshark/model';
import { decodeContent } from '../../decode/content.ts';
import { decodeProtobuf } from '../../decode/protobuf.ts';

export const PREFIX_BYTES = 5;
const COMPRESSED = 0x01;
/** gRPC-Web: this frame holds the trailers as HTTP/1 field lines. */
export const TRAILERS = 0x80;
/** Messages listed of one stream; the rest is counted. */
export const MAX_MESSAGES = 100;

export interface Messages {
  readonly list: readonly JsonObject[];
  /** Messages that were begun, listed or not. */
  readonly count: number;
  readonly trailers: ReadonlyMap<string, string>;
}

/** What headers say of the messages. */
export interface Framing {
  readonly encoding: string;
  readonly isProtobuf: boolean;
}

/** Reads the messages of one direction; the last one may be cut. */
export function readMessages(body: Uint8Array, framing: Framing): Messages {
  const list: JsonObject[] = [];
  let count = 0;
  let trailers: ReadonlyMap<string, string> = new Map();
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at + PREFIX_BYTES <= body.length; ) {
    const flags = view.getUint8(at);
    const size = view.getUint32(at + 1);
    const end = Math.min(body.length, at + PREFIX_BYTES + size);
    const bytes = body.subarray(at + PREFIX_BYTES, end);
    at += PREFIX_BYTES + size;
    if (flags & TRAILERS) {
      trailers = trailersOf(bytes);
      continue;
    }
    count += 1;
    if (list.length >= MAX_MESSAGES) continue;
    list.push(messageOf(bytes, { size, flags }, framing));
  }
  return { list, count, trailers };
}

/** One message with its prefix. */
export function messageOf(
  bytes: Uint8Array,
  { size, flags }: { readonly size: number; readonly flags: number },
  { encoding, isProtobuf }: Framing,
): JsonObject {
  const isCut = bytes.length < size;
  const plain = flags & COMPRESSED ? decodeContent(bytes, [encoding]) : { bytes, whole: true };
  return {
    size,
    ...((isCut || !plain.whole) && { truncated: true }),
    ...(flags & COMPRESSED && { encoding }),
    ...contentOf(plain.bytes, isProtobuf && !isCut && plain.whole),
  };
}

function contentOf(bytes: Uint8Array, isProtobuf: boolean): JsonObject {
  const fields = isProtobuf ? decodeProtobuf(bytes) : undefined;
  if (fields !== undefined) return { fields };
  return { base64: Buffer.from(bytes).toString('base64') };
}

function trailersOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  const lines = Buffer.from(bytes).toString('latin1').split('\r\n');
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
    }),
  );
}
