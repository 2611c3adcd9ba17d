/** What one side said. Its content lies in the chunk until it is copied; over, a half of the usual kind is used again. */

import { latin1 } from '../../decode/interner.ts';
import { keptBytes, Slab } from '../../decode/slab.ts';
import type { Span } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import type { MessageFrame } from './frames.ts';
import { mayBeAnswer } from './jetstream.ts';
import type { About } from './subjects.ts';
import type { NatsMessage, Verb } from './wire.ts';
import { meaningOf } from './words.ts';

type Message = Extract<NatsMessage, { kind: 'message' }>;

/** A message that is wholly here: a frame tells more of it. */
export interface Usual {
  readonly kind: 'usual';
  bytes: Uint8Array;
  size: number;
}

const NOTHING = new Uint8Array(0);
/** Copies of payloads, of all connections. */
const copies = new Slab();

export class Half {
  verb: Verb = 'PUB';
  /** Of messages of the usual kind, where it is kept. */
  about: About | null = null;
  /** The subject, and the one a reply goes to, if any: `names[subjectStart, subjectEnd)`. */
  names: Uint8Array = NOTHING;
  subjectStart = 0;
  subjectEnd = 0;
  replyStart = 0;
  replyEnd = 0;
  queueGroup: string | undefined;
  /** What stands behind the verb, where it is neither subject nor size: JSON, the text of an error, a count. */
  text = '';
  /** Headers and payload as far as they are kept: `bytes[from, to)`. */
  bytes: Uint8Array = NOTHING;
  from = 0;
  to = 0;
  headerBytes = 0;
  /** Bytes of headers and payload. */
  length = 0;
  start = Number.NaN;
  end = Number.NaN;
  size = 0;
  gap = 0;
  /** It is of the usual kind. */
  isUsual = false;
  private isBorrowed = false;
  private subjectText: string | undefined;
  private replyText: string | undefined;
  private sidText: string | undefined;
  private sidStart = 0;
  private sidEnd = 0;

  /** `limit`: bytes kept of a payload. */
  static of(message: Message, { first, last }: Span, limit: number): Half {
    const { verb, rest, words, content, headerBytes, length, size } = message;
    const { subject, replyTo, queueGroup, sid, text } = meaningOf(verb, words, rest);
    const half = new Half();
    half.verb = verb;
    half.nameAs(subject, replyTo);
    half.queueGroup = queueGroup;
    half.sidText = sid;
    half.text = text;
    half.bytes = content;
    half.to = Math.min(content.length, headerBytes + limit);
    half.headerBytes = headerBytes;
    half.length = length;
    half.start = first;
    half.end = last;
    half.size = size;
    half.isBorrowed = true;
    return half;
  }

  static ofFrame(frame: MessageFrame, { bytes, size }: Usual, { first, last }: Span, limit: number): Half {
    const half = spares.take() ?? new Half();
    const length = frame.contentEnd - frame.contentStart;
    half.verb = frame.verb;
    half.about = frame.about;
    half.names = bytes;
    half.subjectStart = frame.subjectStart;
    half.subjectEnd = frame.subjectEnd;
    half.replyStart = frame.replyStart;
    half.replyEnd = frame.replyEnd;
    half.subjectText = undefined;
    half.replyText = undefined;
    half.bytes = bytes;
    half.from = frame.contentStart;
    half.to = frame.contentStart + Math.min(length, limit);
    half.length = length;
    half.start = first;
    half.end = last;
    half.size = size;
    half.isUsual = true;
    half.isBorrowed = true;
    half.sidText = undefined;
    half.sidStart = frame.sidStart;
    half.sidEnd = frame.sidEnd;
    return half;
  }

  /** Names what is of no usual kind. */
  nameAs(subject: string, replyTo: string | undefined): void {
    this.subjectText = subject;
    this.replyText = replyTo;
    this.names = keptBytes(`${subject}${replyTo ?? ''}`);
    this.subjectEnd = Buffer.byteLength(subject);
    this.replyStart = this.subjectEnd;
    this.replyEnd = this.names.length;
  }

  get subject(): string {
    this.subjectText ??= this.about?.subject ?? latin1(this.names, this.subjectStart, this.subjectEnd);
    return this.subjectText;
  }

  get hasReplyTo(): boolean {
    return this.replyEnd > this.replyStart;
  }

  get replyTo(): string | undefined {
    if (!this.hasReplyTo) return undefined;
    this.replyText ??= latin1(this.names, this.replyStart, this.replyEnd);
    return this.replyText;
  }

  /** Id of a subscription. */
  get sid(): string | undefined {
    if (this.sidEnd > this.sidStart) {
      this.sidText = latin1(this.bytes, this.sidStart, this.sidEnd);
      this.sidEnd = 0;
    }
    return this.sidText;
  }

  get headers(): Uint8Array {
    return this.bytes.subarray(this.from, this.from + this.headerBytes);
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.from + this.headerBytes, this.to);
  }

  get isCut(): boolean {
    return this.to - this.from < this.length;
  }

  /** Is it worth asking what JetStream says in it? */
  get mayAnswer(): boolean {
    return mayBeAnswer(this.bytes, this.from + this.headerBytes, this.to);
  }

  /** The chunk goes away: copies what lies in it, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    // The line of a usual message is kept with its payload.
    const start = this.isUsual ? this.subjectStart : this.from;
    const by = copies.copy(this.bytes, start, this.to) - start;
    this.bytes = copies.block;
    this.from += by;
    this.to += by;
    if (!this.isUsual) return;
    this.names = this.bytes;
    this.subjectStart += by;
    this.subjectEnd += by;
    this.replyStart += by;
    this.replyEnd += by;
    this.sidStart += by;
    this.sidEnd += by;
  }

  /** Nobody looks at it any more. */
  release(): void {
    if (!this.isUsual) return;
    this.isUsual = false;
    this.bytes = NOTHING;
    this.names = NOTHING;
    this.gap = 0;
    spares.give(this);
  }
}

const spares = new Spares<Half>();
