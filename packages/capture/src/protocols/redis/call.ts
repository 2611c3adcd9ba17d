/** A usual command with its reply, kept as their bytes: read when somebody looks, used again when it is over. */

import { FoldedBehind } from '../../decode/fold-ids.ts';
import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { printable } from '../../decode/printable.ts';
import { Slab } from '../../decode/slab.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Exchange, Span } from '../../dissect/dissector.ts';
import { type CommandFacts, commandFacts } from './command-facts.ts';
import { type Command, describeRedis, type Outcome, type Reply } from './describe.ts';
import { type CommandFrame, FAILURE, headAt, lineEnd } from './frames.ts';
import { keysOf } from './keys.ts';
import { errorOf, wholeValue } from './values.ts';
import { WrittenRedis } from './written.ts';

const NOTHING = new Uint8Array(0);
const slab = new Slab();
/** Shows the call that is written. */
const writtenRedis = new WrittenRedis();
/** The first words of errors are few. */
const errorKinds = new ByteInterner((bytes, start, end) => errorOf(latin1(bytes, start, end)).kind);
const groups = new FoldedBehind((endpoint) => new CallGroup(endpoint));
const SPACE = 0x20;

export class PlainCall implements Exchange {
  readonly protocol = 'redis';
  readonly gap = 0;
  readonly truncated = false;
  requestStart = Number.NaN;
  requestEnd = Number.NaN;
  responseStart = Number.NaN;
  responseEnd = Number.NaN;
  requestSize = 0;
  responseSize = 0;
  status: number | string = 0;
  error = false;
  facts: CommandFacts = commandFacts(NOTHING, 0, 0);
  /** Words, the name among them. */
  count = 0;
  /** The command, from its `*` on, in the chunk it came in or in a block it shares with others. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  /** The word behind the name, and whether there is one. */
  firstStart = 0;
  firstEnd = 0;
  private isBorrowed = false;
  /** The reply, while the call is given out. */
  reply: Uint8Array = NOTHING;
  replyStart = 0;
  replyEnd = 0;

  /** `isBorrowed`: the bytes stay as they are until `keep`. */
  ask(facts: CommandFacts, { bytes, start, frame }: CommandPlace, { first, last }: Span): void {
    this.facts = facts;
    this.bytes = bytes;
    this.start = start;
    this.count = frame.count;
    this.firstStart = frame.firstStart;
    this.firstEnd = frame.firstEnd;
    this.requestSize = frame.end - start;
    this.requestStart = first;
    this.requestEnd = last;
    this.isBorrowed = true;
  }

  answer(bytes: Uint8Array, start: number, end: number, { first, last }: Span): void {
    this.reply = bytes;
    this.replyStart = start;
    this.replyEnd = end;
    this.responseSize = end - start;
    this.responseStart = first;
    this.responseEnd = last;
    this.error = bytes[start] === FAILURE;
    this.status = this.error ? errorKinds.of(bytes, start + 1, wordEnd(bytes, start + 1, end)) : 0;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    const at = slab.copy(this.bytes, this.start, this.start + this.requestSize);
    this.bytes = slab.block;
    this.firstStart += at - this.start;
    this.firstEnd += at - this.start;
    this.start = at;
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
    const { facts, count, firstStart, firstEnd } = this;
    const { keys, group } = facts;
    if (keys === 'none') return group;
    if (keys?.first === 1) {
      if (count < 2 || (keys.last < 0 && count + keys.last < 1)) return group;
      return groups.of(facts.endpointPrefix, this.bytes, firstStart, firstEnd);
    }
    const [key] = keysOf(this.words());
    if (key === undefined) return group;
    const bytes = Buffer.from(key);
    return groups.of(facts.endpointPrefix, bytes, 0, bytes.length);
  }

  words(): string[] {
    const { bytes } = this;
    const words: string[] = [];
    for (let at = headAt(bytes, this.start).end, i = 0; i < this.count; i++) {
      const { length, end } = headAt(bytes, at);
      words.push(printable(bytes.subarray(end, end + length)));
      at = end + length + 2;
    }
    return words;
  }

  /** The same as a command that was read in pieces. */
  command(): Command {
    return {
      start: this.requestStart,
      end: this.requestEnd,
      size: this.requestSize,
      name: this.facts.name,
      words: this.words(),
      isTruncated: false,
    };
  }

  describe(): Description {
    const { reply: bytes, replyStart, replyEnd } = this;
    const value = wholeValue(bytes, replyStart, replyEnd);
    const reply: Reply = { start: this.responseStart, end: this.responseEnd, size: this.responseSize, value };
    const outcome: Outcome = { status: this.status, error: value.error, failure: undefined };
    return describeRedis(this.command(), reply, outcome);
  }

  written(): WrittenRedis | null {
    return writtenRedis.of(this);
  }

  /** Of a reply that is an error. */
  get errorText(): string {
    const { reply, replyStart, replyEnd } = this;
    return printable(reply.subarray(replyStart + 1, lineEnd(reply, replyStart + 1, replyEnd)));
  }
}

/** Where a command stands. */
export interface CommandPlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly frame: CommandFrame;
}

function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] ?? 0) > SPACE) at++;
  return at;
}
