/** A usual command with its reply, kept as their bytes: read when somebody looks, used again when it is over. */

import { FoldedBehind } from '../../decode/fold-ids.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Side, Span } from '../../dissect/dissector.ts';
import { HeldExchange, type Place } from '../../dissect/held-exchange.ts';
import { MemcachedExchange } from './describe.ts';
import { type CommandFacts, type CommandFrame, NO_FACTS, type ReplyFrame } from './frames.ts';
import { addReply, type MemcachedCall, openCommand, openReply } from './open-call.ts';
import { readText } from './text.ts';
import { WrittenMemcached } from './written.ts';

const groups = new FoldedBehind((endpoint) => new CallGroup(endpoint));
/** Shows the call that is written. */
const writtenMemcached = new WrittenMemcached();

export class PlainCall extends HeldExchange {
  readonly protocol = 'memcached';
  readonly status = 0;
  readonly error = false;
  /** What the lane asks of commands of any kind. */
  readonly isQuiet = false;
  readonly opaque = undefined;
  facts: CommandFacts = NO_FACTS;
  /** What follows is counted from the command's start. */
  keyStart = 0;
  keyEnd = 0;
  /** The words behind the key. */
  argsEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  wordStart = 0;
  wordEnd = 0;
  isHit = false;
  receivedStart = 0;
  receivedEnd = 0;

  get name(): string {
    return this.facts.name;
  }

  ask(frame: CommandFrame, place: Place, span: Span): void {
    const { facts, words } = frame;
    const { start } = place;
    this.facts = facts;
    this.keyStart = (words[0] ?? 0) - start;
    this.keyEnd = (words[1] ?? 0) - start;
    this.argsEnd = (words[2 * facts.words - 1] ?? 0) - start;
    this.valueStart = frame.valueStart - start;
    this.valueEnd = frame.valueEnd - start;
    this.holdRequest(place, frame.end - start, span);
  }

  answer(frame: ReplyFrame, place: Place, span: Span): void {
    const { start } = place;
    this.wordStart = frame.wordStart;
    this.wordEnd = frame.wordEnd;
    this.isHit = frame.hasValue;
    this.receivedStart = frame.hasValue ? frame.valueStart : start;
    this.receivedEnd = frame.hasValue ? frame.valueEnd : start;
    this.holdResponse(place, frame.end - start, span);
  }

  endpoint(): string {
    return this.group().endpoint;
  }

  group(): CallGroup {
    const { facts, bytes, start, keyStart, keyEnd } = this;
    return groups.of(facts.endpointPrefix, bytes, start + keyStart, start + keyEnd);
  }

  /** The same as a command that is not usual. */
  opened(): MemcachedCall {
    const span = { first: this.requestStart, last: this.requestEnd };
    const end = this.start + this.requestSize;
    const command = messageIn('client', this.bytes.subarray(0, end), this.start);
    return command?.kind === 'command' ? openCommand(command, span, this.requestSize) : openReply(span);
  }

  describe(): Description {
    const call = this.opened();
    const span = { first: this.responseStart, last: this.responseEnd };
    const end = this.replyStart + this.responseSize;
    const bytes = this.reply.subarray(0, end);
    for (let at = this.replyStart; at < end; ) {
      const reply = messageIn('server', bytes, at);
      if (reply?.kind !== 'reply') break;
      addReply(call, reply, span, this.responseSize);
      at += reply.size;
    }
    return new MemcachedExchange(call, Math.max(this.requestSize, this.responseSize)).describe();
  }

  written(): WrittenMemcached | null {
    return writtenMemcached.of(this);
  }
}

function messageIn(side: Side, bytes: Uint8Array, at: number) {
  const parsed = readText(side, bytes, at);
  return parsed.kind === 'done' ? parsed.value : null;
}
