/** One DNS transaction: a few numbers at once, its sections when somebody looks. */

import type { JsonObject, Micros, Request, Response } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import type { Description, Exchange, Span } from '../../dissect/dissector.ts';
import type { LearntName } from '../../names/name-table.ts';
import { opcodeName, rcodeName, rcodeText } from './codes.ts';
import { endpointOf } from './endpoint-names.ts';
import { type DecodedMessage, decodeMessage } from './records.ts';
import { type DnsMessage, HEADER_BYTES } from './wire.ts';

/** Plain DNS, multicast DNS (RFC 6762) or link-local multicast name resolution (RFC 4795). */
export type DnsVariant = 'dns' | 'mdns' | 'llmnr';

const NOERROR = 0;
const slab = new Slab();
const OPCODE_BITS = 0x78;

/** Addresses in the answers of a reply by the name that was asked for, and what reverse lookups told. */
function namesOf(reply: Uint8Array, isMulticast: boolean): readonly LearntName[] {
  const { questions, answers } = decodeMessage(reply, isMulticast);
  return answers.flatMap(({ name, type, data }): LearntName[] => {
    if (type === 'PTR') return reverseName(name, data);
    if (type !== 'A' && type !== 'AAAA') return [];
    return [{ address: data, name: (questions[0]?.name ?? name).toLowerCase() }];
  });
}
const plainNames = (reply: Uint8Array) => namesOf(reply, false);
const multicastNames = (reply: Uint8Array) => namesOf(reply, true);
export const namesIn = { dns: plainNames, llmnr: plainNames, mdns: multicastNames } as const;

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
    const block = this.#queryBlock;
    const at = this.#queryAt;
    const isUsual =
      block !== null && (block[at + 2]! & OPCODE_BITS) === 0 && block[at + 4] === 0 && block[at + 5] === 1;
    return (isUsual && endpointOf(block, at, at + this.#questionEnd)) || this.describe().endpoint;
  }

  describe(): Description {
    const multicast = this.#variant === 'mdns';
    const asked = this.#query;
    const query = asked === null ? null : decodeMessage(asked, multicast);
    const replies = this.#replies.map((bytes) => decodeMessage(bytes, multicast));
    const subject = query ?? replies[0]!;
    const method = methodOf(subject);
    const name = subject.questions[0]?.name.toLowerCase() ?? subject.answers[0]?.name.toLowerCase() ?? '';
    const endpoint = name === '' ? method : `${method} ${name}`;
    const answers = replies.flatMap((reply) => reply.answers.map((record) => record.data));
    return {
      protocols: ['dns'],
      method,
      endpoint,
      summary: `${endpoint}${outcome(this.status, answers)}`,
      ...(this.error && { errorText: this.status === null ? 'no response' : rcodeText(this.status) }),
      request: query === null ? null : requestOf(query, this.requestSize),
      response: replies.length === 0 ? null : responseOf(replies, this.status!, this.responseSize),
      data: { dns: this.#data(subject, answers) },
    };
  }

  #data(subject: DecodedMessage, answers: readonly string[]): JsonObject {
    return {
      id: subject.id,
      variant: this.#variant,
      opcode: opcodeName(subject.opcode),
      questions: subject.questions.map((question) => question.name.toLowerCase()),
      types: [...new Set(subject.questions.map((question) => question.type))],
      answers,
      ...(this.status !== null && { rcode: rcodeName(this.status) }),
      ...(this.retries > 0 && { retries: this.retries }),
    };
  }
}

/** `10.2.0.192.in-addr.arpa` (RFC 1035 §3.5): the octets of an IPv4 address from right to left. */
const REVERSE_IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/i;

function reverseName(question: string, name: string): LearntName[] {
  const octets = REVERSE_IPV4.exec(question)?.slice(1).toReversed();
  return octets === undefined ? [] : [{ address: octets.join('.'), name: name.toLowerCase() }];
}

const seen = (at: number): Micros | null => (Number.isNaN(at) ? null : at);

const lowerCase = (octet: number) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet);

/** The question's type for queries, the operation for everything else. */
function methodOf(message: DecodedMessage): string {
  const operation = opcodeName(message.opcode);
  return operation === 'QUERY' ? (message.questions[0]?.type ?? message.answers[0]?.type ?? operation) : operation;
}

/** TXT records may be long; one line has room for a name or an address. */
const SHOWN_ANSWER = 100;

/** ` → 192.0.2.1 (+2)`, ` → NXDOMAIN`, or nothing when there is no answer to show. */
function outcome(status: number | null, answers: readonly string[]): string {
  if (status !== null && status !== NOERROR) return ` → ${rcodeName(status)}`;
  if (answers.length === 0) return '';
  return ` → ${answers[0]!.slice(0, SHOWN_ANSWER)}${answers.length > 1 ? ` (+${answers.length - 1})` : ''}`;
}

function requestOf(query: DecodedMessage, size: number): Request {
  return {
    size,
    id: query.id,
    opcode: opcodeName(query.opcode),
    flags: query.flags,
    questions: query.questions,
    ...sectionsOf(query),
  };
}

/** A zone transfer's messages are shown as one: the records of all, the head of the first. */
function responseOf(replies: readonly DecodedMessage[], status: number, size: number): Response {
  const first = replies[0]!;
  return {
    size,
    status,
    statusText: rcodeName(status),
    id: first.id,
    flags: first.flags,
    questions: first.questions,
    ...sectionsOf(first),
    ...(replies.length > 1 && { messages: replies.length, answers: replies.flatMap((reply) => reply.answers) }),
  };
}

function sectionsOf(message: DecodedMessage): JsonObject {
  const { answers, authorities, additionals, edns, fault } = message;
  return {
    ...(answers.length > 0 && { answers: answers as unknown as JsonObject[] }),
    ...(authorities.length > 0 && { authorities: authorities as unknown as JsonObject[] }),
    ...(additionals.length > 0 && { additionals: additionals as unknown as JsonObject[] }),
    ...(edns !== undefined && { edns: edns as unknown as JsonObject }),
    ...(fault !== undefined && { fault }),
  };
}
