/** A usual call with its reply, kept as their bytes: read when somebody looks, used again when it is over. */

import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Side, Span } from '../../dissect/dissector.ts';
import { HeldExchange, type Place } from '../../dissect/held-exchange.ts';
import { type Half, halfOf, ThriftExchange } from './describe.ts';
import { int16, type MessageFrame, type NameFacts, NO_NAME } from './frames.ts';
import { Type } from './values.ts';
import { NOTHING_BEGUN, readMessage } from './wire.ts';
import { WrittenThrift } from './written.ts';

/** Shows the call that is written. */
const writtenThrift = new WrittenThrift();

export class PlainCall extends HeldExchange {
  readonly protocol = 'thrift';
  facts: NameFacts = NO_NAME;
  sequence = 0;
  isFramed = false;
  /** Where the struct of the message begins, counted from its start. */
  private bodyAt = 0;
  replyBody = 0;
  /** An exception that the method declares. */
  error = false;

  ask(frame: MessageFrame, place: Place, span: Span): void {
    const { start } = place;
    this.facts = frame.facts;
    this.sequence = frame.sequence;
    this.isFramed = frame.isFramed;
    this.bodyAt = frame.body - start;
    this.holdRequest(place, frame.end - start, span);
  }

  answer(frame: MessageFrame, place: Place, span: Span): void {
    const { bytes, start } = place;
    this.replyBody = frame.body;
    this.holdResponse(place, frame.end - start, span);
    // Field 0 is the result; a method that returns nothing answers with no field at all.
    this.error = bytes[frame.body] !== Type.STOP && int16(bytes, frame.body + 1) !== 0;
  }

  get body(): number {
    return this.start + this.bodyAt;
  }

  get status(): number | string {
    return this.error ? 'exception' : 0;
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
  const parsed = readMessage(side, bytes, 0, NOTHING_BEGUN);
  if (parsed.kind !== 'done' || parsed.value.kind !== 'message') throw new Error('a usual message cannot be read');
  return halfOf(parsed.value, span);
}
