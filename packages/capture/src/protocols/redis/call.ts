/** A usual command with its reply, kept as their bytes: read when somebody looks, used again when it is over. */

import { FoldedBehind } from '../../decode/fold-ids.ts';
import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { printable } from '../../decode/printable.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { HeldExchange, type Place } from '../../dissect/held-exchange.ts';
import { type CommandFacts, commandFacts } from './command-facts.ts';
import { type Command, describeRedis, type Outcome, type Reply } from './describe.ts';
import { type CommandFrame, FAILURE, headAt, lineEnd } from './frames.ts';
import { keysOf } from './keys.ts';
import { errorOf, wholeValue } from './values.ts';
import { WrittenRedis } from './written.ts';

const NOTHING = new Uint8Array(0);
/** Shows the call that is written. */
const writtenRedis = new WrittenRedis();
/** The first words of errors are few. */
const errorKinds = new ByteInterner((bytes, start, end) => errorOf(latin1(bytes, start, end)).kind);
const groups = new FoldedBehind((endpoint) => new CallGroup(endpoint));
const SPACE = 0x20;

export class PlainCall extends HeldExchange {
  readonly protocol = 'redis';
  status: number | string = 0;
  error = false;
  facts: CommandFacts = commandFacts(NOTHING, 0, 0);
  /** Words, the name among them. */
  count = 0;
  /** The word behind the name, and whether there is one. */
  firstStart = 0;
  firstEnd = 0;

  ask(facts: CommandFacts, { frame, place }: Asked, span: Span): void {
    const { start } = place;
    this.facts = facts;
    this.count = frame.count;
    this.firstStart = frame.firstStart - start;
    this.firstEnd = frame.firstEnd - start;
    this.holdRequest(place, frame.end - start, span);
  }

  answer(place: WholePlace, span: Span): void {
    const { bytes, start, end } = place;
    this.holdResponse(place, end - start, span);
    this.error = bytes[start] === FAILURE;
    this.status = this.error ? errorKinds.of(bytes, start + 1, wordEnd(bytes, start + 1, end)) : 0;
  }

  endpoint(): string {
    return this.group().endpoint;
  }

  group(): CallGroup {
    const { facts, count, start, firstStart, firstEnd } = this;
    const { keys, group } = facts;
    if (keys === 'none') return group;
    if (keys?.first === 1) {
      if (count < 2 || (keys.last < 0 && count + keys.last < 1)) return group;
      return groups.of(facts.endpointPrefix, this.bytes, start + firstStart, start + firstEnd);
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
    const value = wholeValue(this.reply, this.replyStart, this.replyEnd);
    const reply: Reply = { start: this.responseStart, end: this.responseEnd, size: this.responseSize, value };
    const outcome: Outcome = { status: this.status, error: value.error, failure: undefined };
    return describeRedis(this.command(), reply, outcome);
  }

  written(): WrittenRedis | null {
    return writtenRedis.of(this);
  }

  get replyEnd(): number {
    return this.replyStart + this.responseSize;
  }

  /** Of a reply that is an error. */
  get errorText(): string {
    const { reply, replyStart, replyEnd } = this;
    return printable(reply.subarray(replyStart + 1, lineEnd(reply, replyStart + 1, replyEnd)));
  }
}

/** A command that was found, from its `*` on. */
interface Asked {
  readonly frame: CommandFrame;
  readonly place: Place;
}
interface WholePlace extends Place {
  readonly end: number;
}

function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] ?? 0) > SPACE) at++;
  return at;
}
