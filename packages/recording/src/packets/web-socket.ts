/** A WebSocket message as one frame (RFC 6455 §5.2), without the compression it may have had. */

import type { Entry } from '@kubeshark/model';
import { bodyBytes } from '../export/body-bytes.ts';
import type { Payload } from './payload.ts';

const opcodes: Readonly<Record<string, number>> = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
/** A client must mask; a key of zeros leaves the text readable. */
const MASK_KEY_BYTES = 4;

/** Undefined for a message whose kind is not known. */
export function webSocketPayload(entry: Entry): Payload | undefined {
  const facts = (entry['ws'] ?? {}) as { opcode?: string; closeCode?: number; closeReason?: string };
  const opcode = opcodes[facts.opcode ?? ''];
  if (opcode === undefined) return undefined;
  const half = entry.request ?? entry.response;
  const content =
    facts.closeCode === undefined ? bodyBytes(half?.body) : closeContent(facts.closeCode, facts.closeReason);
  const frame = frameOf(opcode, content, entry.request !== null);
  const nothing = new Uint8Array(0);
  return entry.request === null ? { client: nothing, server: frame } : { client: frame, server: nothing };
}

function closeContent(code: number, reason = ''): Uint8Array {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason)]);
}

function frameOf(opcode: number, content: Uint8Array, isMasked: boolean): Uint8Array {
  const mask = isMasked ? 0x80 : 0;
  let head: Buffer;
  if (content.length < 126) head = Buffer.from([0x80 | opcode, mask | content.length]);
  else if (content.length < 65_536) {
    head = Buffer.from([0x80 | opcode, mask | 126, 0, 0]);
    head.writeUInt16BE(content.length, 2);
  } else {
    head = Buffer.from([0x80 | opcode, mask | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(content.length), 2);
  }
  return Buffer.concat([head, Buffer.alloc(isMasked ? MASK_KEY_BYTES : 0), content]);
}
