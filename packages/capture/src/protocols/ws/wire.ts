/**
 * WebSocket frames (RFC 6455 §5.2): a head of 2 to 14 bytes, then the payload, which a client masks. Read as a head and parts,
 * so that a long frame never waits in a buffer.
 */

import type { Parsed } from '../../dissect/dissector.ts';

export const CONTINUATION = 0x0;
const TEXT = 0x1;
export const CLOSE = 0x8;

const opcodeNames: ReadonlyMap<number, string> = new Map([
  [TEXT, 'text'],
  [0x2, 'binary'],
  [CLOSE, 'close'],
  [0x9, 'ping'],
  [0xa, 'pong'],
]);
/** Name of an opcode that begins a message or is a control frame; undefined for reserved ones. */
export const opcodeName = (opcode: number): string | undefined => opcodeNames.get(opcode);

/** §5.5: control frames are short. */
const MAX_CONTROL_BYTES = 125;

export interface FrameHead {
  readonly kind: 'head';
  readonly isFinal: boolean;
  /** RSV1: the message is compressed (RFC 7692 §6). */
  readonly isCompressed: boolean;
  readonly opcode: number;
  readonly mask: number | undefined;
  readonly length: number;
  readonly size: number;
}
export type WsToken = FrameHead | { readonly kind: 'payload'; readonly bytes: Uint8Array; readonly size: number };

/** Reads a head, or more of the payload of which `remaining` bytes are left. */
export function readToken(bytes: Uint8Array, offset: number, remaining: number): Parsed<WsToken> {
  const available = bytes.length - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (remaining > 0) {
    const size = Math.min(remaining, available);
    return {
      kind: 'done',
      value: { kind: 'payload', bytes: bytes.subarray(offset, offset + size), size },
      end: offset + size,
    };
  }
  return readHead(bytes, offset);
}

function readHead(bytes: Uint8Array, offset: number): Parsed<FrameHead> {
  const available = bytes.length - offset;
  if (available < 2) return { kind: 'more', atLeast: 2 - available };
  const first = bytes[offset] ?? 0;
  const second = bytes[offset + 1] ?? 0;
  const opcode = first & 0x0f;
  if (first & 0x30) return { kind: 'bad', fault: 'reserved bits set', at: offset };
  if (opcode !== CONTINUATION && opcodeName(opcode) === undefined)
    return { kind: 'bad', fault: `reserved opcode ${opcode}`, at: offset };
  const isControl = opcode >= CLOSE;
  const short = second & 0x7f;
  if (isControl && (short > MAX_CONTROL_BYTES || (first & 0x80) === 0))
    return { kind: 'bad', fault: 'invalid control frame', at: offset };
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const size = 2 + lengthBytes + (second & 0x80 ? 4 : 0);
  if (available < size) return { kind: 'more', atLeast: size - available };
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, size);
  const length = lengthBytes === 0 ? short : lengthBytes === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
  if (!Number.isSafeInteger(length)) return { kind: 'bad', fault: 'invalid length', at: offset };
  return {
    kind: 'done',
    value: {
      kind: 'head',
      isFinal: (first & 0x80) !== 0,
      isCompressed: (first & 0x40) !== 0,
      opcode,
      mask: second & 0x80 ? view.getUint32(size - 4) : undefined,
      length,
      size,
    },
    end: offset + size,
  };
}

/** Undoes the mask (§5.3) into a copy; `position` is how much of the payload came before. */
export function unmask(bytes: Uint8Array, mask: number, position: number): Uint8Array {
  const plain = new Uint8Array(bytes);
  for (let index = 0; index < plain.length; index += 1) {
    plain[index] = (plain[index] ?? 0) ^ ((mask >>> (24 - 8 * ((position + index) % 4))) & 0xff);
  }
  return plain;
}
