/** One DNS transaction: a few numbers at once, its sections when somebody looks. */

import type { Micros } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Exchange, Span } from '../../dissect/dissector.ts';
import { type DnsVariant, describeDns, NOERROR } from './describe.ts';
import { groupOf } from './endpoint-names.ts';
import { decodeMessage } from './records.ts';
import { type DnsMessage, HEADER_BYTES } from './wire.ts';
import { WrittenDns } from './written.ts';

const slab = new Slab();
const OPCODE_BITS = 0x78;
/** Shows the call that is written. */
const writtenDns = new WrittenDns();

/** One for each waiting query; those that are over are reset and used again. */
export class DnsCall implements Exchange {
  readonly protocol = 'dns';
  readonly gap = 0;
  /** The next younger one that waits in the same conversation. */
  next: DnsCall | null = null;
  /** Its pairing will ask it to keep what it borrowed. */
  isListed = false;
  readonly #variant: DnsVariant;
  id = -1;
  /** Type of the first question. */
  type = 0;
  /** NaN when not seen: a number that is never anything else is not put into a box of its own. */
  #requestStart = Number.NaN;
  #requestEnd = Number.NaN;
  #responseStart = Number.NaN;
  #responseEnd = Number.NaN;
  requestSize = 0;
  responseSize = 0;
  status: number | null = null;
  error = false;
  truncated = false;
  /** The same query was sent again so many times before it was answered. */
  retries = 0;
  /** SOA records seen in the answers of a zone transfer. */
  soaSeen = 0;

  /** The query, and the first reply, stand somewhere in blocks they share with others, or in the chunk they came in. */
  #queryBlock: Uint8Array | null = null;
  #queryAt = 0;
  #queryLength = 0;
  #isQueryBorrowed = false;
  /** Counted from the query's first byte. */
  #questionEnd = HEADER_BYTES;
  #replyBlock: Uint8Array | null = null;
  #replyAt = 0;
  #replyLength = 0;
  #isReplyBorrowed = false;
  /** The other replies of a zone transfer. */
  #more: Uint8Array[] | null = null;
  #moreBytes = 0;

  constructor(variant: DnsVariant) {
    this.#variant = variant;
  }

  reset(): void {
    this.next = null;
    this.id = -1;
    this.type = 0;
    this.#requestStart = Number.NaN;
    this.#requestEnd = Number.NaN;
    this.#responseStart = Number.NaN;
    this.#responseEnd = Number.NaN;
    this.requestSize = 0;
    this.responseSize = 0;
    this.status = null;
    this.error = false;
    this.truncated = false;
    this.retries = 0;
    this.soaSeen = 0;
    this.#queryBlock = null;
    this.#isQueryBorrowed = false;
    this.#questionEnd = HEADER_BYTES;
    this.#replyBlock = null;
    this.#replyLength = 0;
    this.#isReplyBorrowed = false;
    this.#more = null;
    this.#moreBytes = 0;
  }

  get requestStart(): Micros | null {
    return seen(this.#requestStart);
  }

  get requestEnd(): Micros | null {
    return seen(this.#requestEnd);
  }

  get responseStart(): Micros | null {
    return seen(this.#responseStart);
  }

  get responseEnd(): Micros | null {
    return seen(this.#responseEnd);
  }

  /** Was the query sent `micros` or more before `now`? */
  isOlderThan(micros: Micros, now: Micros): boolean {
    return now - this.#requestStart >= micros;
  }

  /** `isBorrowed`: the bytes stay as they are until `keep`. */
  setQuery(message: DnsMessage, span: Span, isBorrowed: boolean): void {
    this.id = message.id;
    this.type = message.firstType;
    const { bytes, start, end } = message;
    this.#isQueryBorrowed = isBorrowed;
    this.#queryAt = isBorrowed ? start : slab.copy(bytes, start, end);
    this.#queryBlock = isBorrowed ? bytes : slab.block;
    this.#queryLength = end - start;
    this.#questionEnd = message.questionsEnd;
    this.#requestStart = span.first;
    this.#requestEnd = span.last;
    this.requestSize = message.size;
  }

  /** `limit`: bytes kept of all replies. */
  addReply(message: DnsMessage, span: Span, isBorrowed: boolean, limit: number): void {
    this.id = message.id;
    if (Number.isNaN(this.#responseStart)) this.#responseStart = span.first;
    this.#responseEnd = span.last;
    this.responseSize += message.size;
    this.soaSeen += message.soaAnswers;
    this.status = message.rcode;
    this.error = message.rcode !== NOERROR;
    const { bytes, start, end } = message;
    const length = end - start;
    if (this.#replyBlock === null) {
      this.#isReplyBorrowed = isBorrowed;
      this.#replyAt = isBorrowed ? start : slab.copy(bytes, start, end);
      this.#replyBlock = isBorrowed ? bytes : slab.block;
      this.#replyLength = length;
    } else if (this.#replyLength + this.#moreBytes + length > limit) {
      this.truncated = true;
    } else {
      this.#moreBytes += length;
      this.#more ??= [];
      this.#more.push(bytes.slice(start, end));
    }
  }

  /** Copies what was borrowed. */
  keep(): void {
    if (this.#isQueryBorrowed && this.#queryBlock !== null) {
      this.#isQueryBorrowed = false;
      this.#queryAt = slab.copy(this.#queryBlock, this.#queryAt, this.#queryAt + this.#queryLength);
      this.#queryBlock = slab.block;
    }
    if (this.#isReplyBorrowed && this.#replyBlock !== null) {
      this.#isReplyBorrowed = false;
      this.#replyAt = slab.copy(this.#replyBlock, this.#replyAt, this.#replyAt + this.#replyLength);
      this.#replyBlock = slab.block;
    }
  }

  get #query(): Uint8Array | null {
    return this.#queryBlock?.subarray(this.#queryAt, this.#queryAt + this.#queryLength) ?? null;
  }

  get #replies(): readonly Uint8Array[] {
    const first = this.#replyBlock?.subarray(this.#replyAt, this.#replyAt + this.#replyLength);
    return first === undefined ? [] : [first, ...(this.#more ?? [])];
  }

  unanswered(): void {
    if (this.status === null) this.error = true;
  }

  /** Is `message` this query again, or a reply to it? Names may come back in another case (0x20 encoding is not kept by all). */
  asks(message: DnsMessage): boolean {
    const block = this.#queryBlock;
    if (block === null) return false;
    if (message.isResponse && message.questionsEnd === HEADER_BYTES) return true;
    if (message.questionsEnd !== this.#questionEnd) return false;
    const { bytes, start } = message;
    const at = this.#queryAt;
    for (let i = HEADER_BYTES; i < this.#questionEnd; i++) {
      const octet = block[at + i]!;
      const other = bytes[start + i]!;
      if (octet !== other && lowerCase(octet) !== lowerCase(other)) return false;
    }
    return true;
  }

  endpoint(): string {
    return this.group()?.endpoint ?? this.describe().endpoint;
  }

  group(): CallGroup | null {
    const block = this.#queryBlock;
    const at = this.#queryAt;
    const isUsual =
      block !== null && (block[at + 2]! & OPCODE_BITS) === 0 && block[at + 4] === 0 && block[at + 5] === 1;
    return isUsual ? groupOf(block, at, at + this.#questionEnd) : null;
  }

  describe(): Description {
    const isMulticast = this.#variant === 'mdns';
    const query = this.#query;
    return describeDns({
      variant: this.#variant,
      query: query === null ? null : decodeMessage(query, isMulticast),
      replies: this.#replies.map((bytes) => decodeMessage(bytes, isMulticast)),
      requestSize: this.requestSize,
      responseSize: this.responseSize,
      status: this.status,
      error: this.error,
      retries: this.retries,
    });
  }

  written(): WrittenDns | null {
    const query = this.#queryBlock;
    if (query === null || this.#variant !== 'dns' || this.#more !== null) return null;
    const reply = this.#replyBlock;
    return writtenDns.of(
      this,
      { bytes: query, start: this.#queryAt, end: this.#queryAt + this.#queryLength },
      reply === null ? null : { bytes: reply, start: this.#replyAt, end: this.#replyAt + this.#replyLength },
    );
  }
}

const seen = (at: number): Micros | null => (Number.isNaN(at) ? null : at);

const lowerCase = (octet: number) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);
