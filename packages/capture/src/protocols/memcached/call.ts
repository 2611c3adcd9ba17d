/** A usual command with its reply, kept as their bytes: read when somebody looks, used again when it is over. */

import { FoldedBehind } from '../../decode/fold-ids.ts';
import { Slab } from '../../decode/slab.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Exchange, Side, Span } from '../../dissect/dissector.ts';
import { MemcachedExchange } from './describe.ts';
import { type CommandFacts, type CommandFrame, NO_FACTS, type ReplyFrame } from './frames.ts';
import { addReply, type MemcachedCall, openCommand, openReply } from './open-call.ts';
import { readText } from './text.ts';
import { WrittenMemcached } from './written.ts';

const NOTHING = new Uint8Array(0);
const slab = new Slab();
const groups = new FoldedBehind((endpoint) => new CallGroup(endpoint));
/** Shows the call that is written. */
const writtenMemcached = new WrittenMemcached();

/** Where something begins. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly start: number;
}

export class PlainCall implements Exchange {
  readonly protocol = 'memcached';
  readonly gap = 0;
  readonly truncated = false;
  readonly status = 0;
  readonly error = false;
  /** What the lane asks of commands of any kind. */
  readonly isQuiet = false;
  readonly opaque = undefined;
  requestStart = Number.NaN;
  requestEnd = Number.NaN;
  responseStart = Number.NaN;
  responseEnd = Number.NaN;
  requestSize = 0;
  responseSize = 0;
  facts: CommandFacts = NO_FACTS;
  /** The command, in the chunk it came in or in a block it shares with others; what follows is counted from its start. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  keyStart = 0;
  keyEnd = 0;
  /** The words behind the key. */
  argsEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  private isBorrowed = false;
  /** The reply, while the call is given out. */
  reply: Uint8Array = NOTHING;
  replyStart = 0;
  wordStart = 0;
  wordEnd = 0;
  isHit = false;
  receivedStart = 0;
  receivedEnd = 0;

  get name(): string {
    return this.facts.name;
  }

  /** The bytes stay as they are until `keep`. */
  ask(frame: CommandFrame, { bytes, start }: Place, { first, last }: Span): void {
    const { facts, words } = frame;
    this.facts = facts;
    this.bytes = bytes;
    this.start = start;
    this.keyStart = (words[0] ?? 0) - start;
    this.keyEnd = (words[1] ?? 0) - start;
    this.argsEnd = (words[2 * facts.words - 1] ?? 0) - start;
    this.valueStart = frame.valueStart - start;
    this.valueEnd = frame.valueEnd - start;
    this.requestSize = frame.end - start;
    this.requestStart = first;
    this.requestEnd = last;
    this.isBorrowed = true;
  }

  answer(frame: ReplyFrame, { bytes, start }: Place, { first, last }: Span): void {
    this.reply = bytes;
    this.replyStart = start;
    this.wordStart = frame.wordStart;
    this.wordEnd = frame.wordEnd;
    this.isHit = frame.hasValue;
    this.receivedStart = frame.hasValue ? frame.valueStart : start;
    this.receivedEnd = frame.hasValue ? frame.valueEnd : start;
    this.responseSize = frame.end - start;
    this.responseStart = first;
    this.responseEnd = last;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    this.start = slab.copy(this.bytes, this.start, this.start + this.requestSize);
    this.bytes = slab.block;
  }

  /** Lets go of what it was about. */
  release(): void {
    this.bytes = NOTHING;
    this.reply = NOTHING;
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
