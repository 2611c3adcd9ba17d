/** What one side said. Its content lies in the chunk until it is copied; over, a half of the usual kind is used again. */

import { latin1 } from '../../decode/interner.ts';
import { Slab } from '../../decode/slab.ts';
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
  subject = '';
  /** Of messages of the usual kind, where it is kept. */
  about: About | null = null;
  replyTo: string | undefined;
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
  private sidText: string | undefined;
  private sidStart = 0;
  private sidEnd = 0;

  /** `limit`: bytes kept of a payload. */
  static of(message: Message, { first, last }: Span, limit: number): Half {
    const { verb, rest, words, content, headerBytes, length, size } = message;
    const { subject, replyTo, queueGroup, sid, text } = meaningOf(verb, words, rest);
    const half = new Half();
    half.verb = verb;
    half.subject = subject;
    half.replyTo = replyTo;
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
    half.subject = frame.subject;
    half.replyTo = frame.replyTo;
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
    if (this.sidEnd > this.sidStart) this.sidText = this.sid;
    const kept = this.to - this.from;
    this.from = copies.copy(this.bytes, this.from, this.to);
    this.to = this.from + kept;
    this.bytes = copies.block;
  }

  /** Nobody looks at it any more. */
  release(): void {
    if (!this.isUsual) return;
    this.isUsual = false;
    this.bytes = NOTHING;
    this.gap = 0;
    spares.give(this);
  }
}

const spares = new Spares<Half>();
