/** Both protocols over TCP: reads messages, and long values as they come; the lane pairs them. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { REQUEST, RESPONSE, startsWithBinary } from './binary.ts';
import { CommandFrame, ReplyFrame } from './frames.ts';
import { Lane } from './lane.ts';
import { type MemcachedMessage, readRest } from './message.ts';
import type { Command, MemcachedCall, Reply } from './open-call.ts';
import { readAny } from './read.ts';
import { startsWithLine } from './text.ts';

interface OpenValue {
  left: number;
  /** Bytes behind the value: the text protocol's line end. */
  readonly tail: number;
  readonly call: MemcachedCall;
  /** The call is complete with it. */
  readonly isLast: boolean;
}

/** A command or reply of the usual kind, which the session's frames tell more of. */
interface Usual {
  readonly kind: 'usual';
  bytes: Uint8Array;
  start: number;
}
export type TcpMessage = MemcachedMessage | Usual;

const NOTHING = new Uint8Array(0);

export class MemcachedSession implements Session<TcpMessage> {
  readonly #lane: Lane;
  /** A value of which the rest is still to come. */
  readonly #open: Record<Side, OpenValue | undefined> = {
    client: undefined,
    server: undefined,
  };

  readonly #maxBodyBytes: number;
  /** What is usual and wholly here: one object each, filled for each message. */
  readonly #command = new CommandFrame();
  readonly #reply = new ReplyFrame();
  readonly #usual: Usual = { kind: 'usual', bytes: NOTHING, start: 0 };
  readonly #done = { kind: 'done' as const, value: this.#usual, end: 0 };

  constructor(context: SessionContext) {
    this.#lane = new Lane(context);
    this.#maxBodyBytes = context.limits.maxBodyBytes;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<TcpMessage> {
    const open = this.#open[side];
    const usualEnd = open === undefined ? this.#usualEnd(side, bytes, offset, end) : 0;
    if (usualEnd > 0) {
      this.#usual.bytes = bytes;
      this.#usual.start = offset;
      this.#done.end = usualEnd;
      return this.#done;
    }
    const shown = end === bytes.length ? bytes : bytes.subarray(0, end);
    const left = open?.left ?? 0;
    return left > 0 ? readRest(shown, offset, left) : readAny(side, shown, offset);
  }

  /** Where the usual command or reply at `offset` ends, 0 where it is another, or not all here. */
  #usualEnd(side: Side, bytes: Uint8Array, offset: number, limit: number): number {
    let end = 0;
    if (side === 'client') {
      if (this.#command.read(bytes, offset, limit)) end = this.#command.end;
    } else {
      const next = this.#lane.nextPlain;
      if (next !== null && this.#reply.read(bytes, offset, limit, next.facts.isRead)) end = this.#reply.end;
    }
    return end - offset > this.#maxBodyBytes ? 0 : end;
  }

  message(side: Side, message: TcpMessage, span: Span): void {
    switch (message.kind) {
      case 'usual':
        return this.#take(side, message, span);
      case 'rest':
        return this.#rest(side, message, span);
      case 'command': {
        const call = this.#lane.command(message, span);
        this.#open.client = openValue(message, call, message.isSilent);
        return;
      }
      case 'reply': {
        const call = this.#lane.reply(message, span);
        this.#open.server = openValue(message, call, !message.isPart);
      }
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const open = this.#open[side];
    if (open !== undefined && length < open.left) {
      open.left -= length;
      open.call.gap += length;
      (side === 'client' ? open.call.sent : open.call.received)?.skip(length);
      return 'absorbed';
    }
    this.#open[side] = undefined;
    this.#lane.lose(length);
    // Which replies are missing is not known: what waits leaves as it is.
    this.#lane.flush(undefined);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) {
      const first = bytes[at];
      if ((first === REQUEST || first === RESPONSE) && startsWithBinary(bytes, at, side) === 'yes') return at;
      const isLineStart = at === offset || (bytes[at - 1] === 10 && bytes[at - 2] === 13);
      if (isLineStart && startsWithLine(bytes, at, side) !== 'no' && bytes.indexOf(10, at) >= 0) return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    this.#lane.flush(isFailure ? 'the connection ended before the reply' : undefined);
  }

  settle(): void {
    this.#lane.settle();
  }

  #take(side: Side, { bytes, start }: Usual, span: Span): void {
    if (side === 'client') return this.#lane.ask(this.#command, bytes, start, span);
    const next = this.#lane.nextPlain;
    if (next !== null) this.#lane.answer(next, this.#reply, { bytes, start }, span);
  }

  #rest(side: Side, { bytes, start, end, left, size }: Extract<MemcachedMessage, { kind: 'rest' }>, span: Span): void {
    const open = this.#open[side];
    if (open === undefined) return;
    const { call, tail, isLast } = open;
    const inValue = Math.max(0, Math.min(end - start, open.left - tail));
    (side === 'client' ? call.sent : call.received)?.append(bytes, { start, end: start + inValue });
    open.left = left;
    if (side === 'client') {
      call.size += size;
      call.end = span.last;
    } else {
      call.replySize += size;
      call.replyEnd = span.last;
    }
    if (left > 0) return;
    this.#open[side] = undefined;
    if (isLast) this.#lane.emit(call);
  }
}

/** Undefined when the value is here whole. */
function openValue({ left, value }: Command | Reply, call: MemcachedCall, isLast: boolean): OpenValue | undefined {
  if (left === 0) return undefined;
  const missing = value === undefined ? left : value.size - (value.end - value.start);
  return { left, tail: left - missing, call, isLast };
}
