/**
 * Messages of the MongoDB wire protocol: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 *
 *   ┌────────────┬────────────┬─────────────┬──────────┬──────┐
 *   │ length i32 │ request id │ response to │ opcode   │ body │   The length counts everything; numbers are little endian.
 *   └────────────┴────────────┴─────────────┴──────────┴──────┘
 */

import { le32 } from '../../decode/little-endian.ts';
import type { Parsed, Side } from '../../dissect/dissector.ts';

const HEAD_BYTES = 16;
/** maxMessageSizeBytes of every server. */
const MAX_MESSAGE_BYTES = 48_000_000;
/** A message longer than this is read by its beginning, the rest is read over. */
export const MAX_WHOLE_BYTES = 512 * 1024;

export const Opcode = {
  REPLY: 1,
  UPDATE: 2001,
  INSERT: 2002,
  QUERY: 2004,
  GET_MORE: 2005,
  DELETE: 2006,
  KILL_CURSORS: 2007,
  COMMAND: 2010,
  COMMAND_REPLY: 2011,
  COMPRESSED: 2012,
  MSG: 2013,
} as const;

/** Every opcode there ever was; a message with another is still framed by its length. */
const clientOpcodes = new Set<number>([
  ...[Opcode.UPDATE, Opcode.INSERT, Opcode.QUERY, Opcode.GET_MORE, Opcode.DELETE, Opcode.KILL_CURSORS],
  ...[Opcode.COMMAND, Opcode.COMPRESSED, Opcode.MSG],
]);
const serverOpcodes = new Set<number>([Opcode.REPLY, Opcode.COMMAND_REPLY, Opcode.COMPRESSED, Opcode.MSG]);

const nothing = new Uint8Array(0);

/** One message; the object is used again for the next. */
export class Message {
  readonly kind = 'message';
  requestId = 0;
  responseTo = 0;
  opcode = 0;
  /** What follows the head, or its beginning when `length` is more: `bytes[start, end)`. */
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;
  /** Bytes after the head. */
  length = 0;
  size = 0;

  /** The body as a view, for what is seldom read. */
  get body(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The message that stands compressed in this one. */
  inside(opcode: number, bytes: Uint8Array): Message {
    const inner = new Message();
    inner.requestId = this.requestId;
    inner.responseTo = this.responseTo;
    inner.size = this.size;
    inner.opcode = opcode;
    inner.bytes = bytes;
    inner.end = bytes.length;
    inner.length = bytes.length;
    return inner;
  }
}
export type MongoMessage = Message | { readonly kind: 'rest'; readonly size: number };

const message = new Message();
const readDone = { kind: 'done' as const, value: message, end: 0 };

/** Reads a message before `limit`; `rest` is what is left of one whose beginning was read. */
export function readMessage(
  bytes: Uint8Array,
  offset: number,
  rest: number,
  limit = bytes.length,
): Parsed<MongoMessage> {
  const available = limit - offset;
  if (available <= 0) return { kind: 'more', atLeast: 1 };
  if (rest > 0) {
    const size = Math.min(available, rest);
    return { kind: 'done', value: { kind: 'rest', size }, end: offset + size };
  }
  if (available < HEAD_BYTES) return { kind: 'more', atLeast: HEAD_BYTES - available };
  const total = le32(bytes, offset);
  if (total < HEAD_BYTES || total > MAX_MESSAGE_BYTES)
    return { kind: 'bad', fault: 'invalid message length', at: offset };
  const whole = Math.min(total, MAX_WHOLE_BYTES);
  if (available < whole) return { kind: 'more', atLeast: whole - available };
  message.requestId = le32(bytes, offset + 4);
  message.responseTo = le32(bytes, offset + 8);
  message.opcode = le32(bytes, offset + 12);
  message.bytes = bytes;
  message.start = offset + HEAD_BYTES;
  message.end = offset + whole;
  message.length = total - HEAD_BYTES;
  message.size = whole;
  readDone.end = message.end;
  return readDone;
}

/** Bits of OP_MSG that a reader must know (0 to 15): two of them have a meaning. */
const REQUIRED_FLAGS = 0xfffc;
const LAST_COMPRESSOR = 3;

/** Does a message of this side begin here, believably: its head, and what its body begins with? */
export function startsWithMessage(bytes: Uint8Array, at: number, side: Side): 'yes' | 'no' | 'more' {
  const available = bytes.length - at;
  // The length's high byte: below 48 MB.
  if (available >= 4 && ((bytes[at + 3] ?? 0) > 2 || le32(bytes, at) < HEAD_BYTES)) return 'no';
  if (available < HEAD_BYTES + 5) return available < 1 || available >= le32(bytes, at) ? 'no' : 'more';
  const total = le32(bytes, at);
  const responseTo = le32(bytes, at + 8);
  const opcode = le32(bytes, at + 12);
  if (total > MAX_MESSAGE_BYTES || !(side === 'client' ? clientOpcodes : serverOpcodes).has(opcode)) return 'no';
  if (side === 'client' && responseTo !== 0) return 'no';
  const body = at + HEAD_BYTES;
  switch (opcode) {
    case Opcode.MSG:
      return (le32(bytes, body) & REQUIRED_FLAGS) === 0 && (bytes[body + 4] ?? 9) <= 1 ? 'yes' : 'no';
    case Opcode.COMPRESSED:
      if (available < HEAD_BYTES + 9) return 'more';
      return (bytes[body + 8] ?? 9) <= LAST_COMPRESSOR && le32(bytes, body + 4) <= MAX_MESSAGE_BYTES ? 'yes' : 'no';
    case Opcode.REPLY:
      return total >= 36 && (le32(bytes, body) & ~0xf) === 0 ? 'yes' : 'no';
    default:
      return 'yes';
  }
}
