/** A usual call with its reply, kept as their bytes: read when somebody looks, used again when it is over. */

import { Slab } from '../../decode/slab.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Exchange, Side, Span } from '../../dissect/dissector.ts';
import { type Half, halfOf, ThriftExchange } from './describe.ts';
import { int16, type MessageFrame, type NameFacts, NO_NAME } from './frames.ts';
import { Type } from './values.ts';
import { readMessage } from './wire.ts';
import { WrittenThrift } from './written.ts';

const NOTHING = new Uint8Array(0);
const slab = new Slab();
/** Shows the call that is written. */
const writtenThrift = new WrittenThrift();

/** Where a message begins. */
interface Place {
  readonly bytes: Uint8Array;
  readonly start: number;
}

export class PlainCall implements Exchange {
  readonly protocol = 'thrift';
  readonly gap = 0;
  readonly truncated = false;
  requestStart = Number.NaN;
  requestEnd = Number.NaN;
  responseStart = Number.NaN;
  responseEnd = Number.NaN;
  requestSize = 0;
  responseSize = 0;
  facts: NameFacts = NO_NAME;
  sequence = 0;
  isFramed = false;
  /** The message, in the chunk it came in or in a block it shares with others, and its struct. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  body = 0;
  private isBorrowed = false;
  /** The reply, while the call is given out. */
  reply: Uint8Array = NOTHING;
  private replyStart = 0;
  replyBody = 0;
  /** An exception that the method declares. */
  error = false;

  /** The bytes stay as they are until `keep`. */
  ask(frame: MessageFrame, { bytes, start }: Place, { first, last }: Span): void {
    this.facts = frame.facts;
    this.sequence = frame.sequence;
    this.isFramed = frame.isFramed;
    this.bytes = bytes;
    this.start = start;
    this.body = frame.body;
    this.requestSize = frame.end - start;
    this.requestStart = first;
    this.requestEnd = last;
    this.isBorrowed = true;
  }

  answer(frame: MessageFrame, { bytes, start }: Place, { first, last }: Span): void {
    this.reply = bytes;
    this.replyStart = start;
    this.replyBody = frame.body;
    this.responseSize = frame.end - start;
    this.responseStart = first;
    this.responseEnd = last;
    // Field 0 is the result; a method that returns nothing answers with no field at all.
    this.error = bytes[frame.body] !== Type.STOP && int16(bytes, frame.body + 1) !== 0;
  }

  get status(): number | string {
    return this.error ? 'exception' : 0;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    const at = slab.copy(this.bytes, this.start, this.start + this.requestSize);
    this.bytes = slab.block;
    this.body += at - this.start;
    this.start = at;
  }

  /** Lets go of what it was about. */
  release(): void {
    this.bytes = NOTHING;
    this.reply = NOTHING;
  }

  endpoint(): string {
    return this.facts.name;
  }

  group(): CallGroup {
    return this.facts.group;
  }

  /** The same as a call that is not usual. */
  asked(): Half {
    const { requestStart: first, requestEnd: last } = this;
    return half('client', this.bytes.subarray(this.start, this.start + this.requestSize), { first, last });
  }

  describe(): Description {
    const { responseStart: first, responseEnd: last } = this;
    const reply = this.reply.subarray(this.replyStart, this.replyStart + this.responseSize);
    const replied = half('server', reply, { first, last });
    return new ThriftExchange({ asked: this.asked(), replied, missing: undefined, gap: 0 }).describe();
  }

  written(): WrittenThrift | null {
    return writtenThrift.of(this);
  }
}

function half(side: Side, bytes: Uint8Array, span: Span): Half {
  const parsed = readMessage(side, bytes, 0, 0);
  if (parsed.kind !== 'done' || parsed.value.kind !== 'message') throw new Error('a usual message cannot be read');
  return halfOf(parsed.value, span);
}
