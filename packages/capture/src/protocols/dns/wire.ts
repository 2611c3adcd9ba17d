/**
 * DNS messages on the wire (RFC 1035 §4): the header, and a walk over all sections that says whether this is DNS at all
 * and finds the few numbers every call needs. Everything else is read by records.ts when somebody looks.
 *
 *   0  id            2  QR opcode(4) AA TC RD | RA Z AD CD rcode(4)
 *   4  questions     6  answers      8  authorities     10  additionals
 *   12 questions: name type class …  records: name type class ttl rdlength rdata …
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { OPT, SOA, typeName } from './codes.ts';
import { skipName } from './names.ts';

export const HEADER_BYTES = 12;
/** TCP puts a length of two bytes before each message (RFC 1035 §4.2.2). */
const LENGTH_BYTES = 2;
/** Questions in one message: one in practice, several in mDNS (RFC 6762 §7.1); more is not DNS. */
const MAX_QUESTIONS = 64;

/** What is known of a message before anybody looks closer. Readers get the same object again and again. */
export class DnsMessage {
  /** Where the message stands, without a TCP length: `bytes[start, end)`. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Bytes on the wire, a TCP length included. */
  size = 0;
  id = 0;
  isResponse = false;
  opcode = 0;
  /** With the upper bits an OPT record brings (RFC 6891 §6.1.3). */
  rcode = 0;
  /** Where the questions end, counted from the start; they begin after the header. */
  questionsEnd = 0;
  firstType = 0;
  /** SOA records among the answers: the second one ends a zone transfer (RFC 5936 §2.2). */
  soaAnswers = 0;
  answers = 0;
  /** Every record is there and nothing follows the last one. */
  exact = false;
}

const NOTHING = new Uint8Array(0);
/** Filled by each read: a message is taken before the next is read, and there are millions of them. */
const message = new DnsMessage();
const done = { kind: 'done' as const, value: message, end: 0 };

/** One datagram: all of it must be one message. */
export function parseDatagram(bytes: Uint8Array, offset: number, end = bytes.length): Parsed<DnsMessage> {
  const fault = walk(bytes, offset, end);
  if (fault !== null) return { kind: 'bad', fault, at: offset };
  message.size = end - offset;
  done.end = end;
  return done;
}

/** One message of a TCP stream. */
export function parseFramed(bytes: Uint8Array, offset: number, limit = bytes.length): Parsed<DnsMessage> {
  const available = limit - offset;
  if (available < LENGTH_BYTES) return { kind: 'more', atLeast: LENGTH_BYTES - available };
  const length = (bytes[offset]! << 8) | bytes[offset + 1]!;
  if (length < HEADER_BYTES) return { kind: 'bad', fault: 'message shorter than its header', at: offset };
  const start = offset + LENGTH_BYTES;
  const end = start + length;
  if (limit < end) return { kind: 'more', atLeast: end - limit };
  const fault = walk(bytes, start, end);
  if (fault !== null) return { kind: 'bad', fault, at: start };
  message.size = length + LENGTH_BYTES;
  done.end = end;
  return done;
}

/** Fills the message; what is wrong in words, or null. */
function walk(bytes: Uint8Array, start: number, limit: number): string | null {
  if (limit - start < HEADER_BYTES) return 'message shorter than its header';
  const fault = headerFault(bytes, start);
  if (fault !== null) return fault;
  const flags = u16(bytes, start + 2);
  const questions = u16(bytes, start + 4);
  let at = start + HEADER_BYTES;
  let firstType = 0;
  for (let i = 0; i < questions; i++) {
    const end = skipName(bytes, at, limit);
    if (end === -1 || end + 4 > limit) return 'question leaves the message';
    if (i === 0) firstType = u16(bytes, end);
    at = end + 4;
  }
  const questionsEnd = at - start;
  const answers = u16(bytes, start + 6);
  const beforeAdditionals = answers + u16(bytes, start + 8);
  const records = beforeAdditionals + u16(bytes, start + 10);
  let rcode = flags & 0x0f;
  let soaAnswers = 0;
  let read = 0;
  // Records may be missing: the snap length cut the packet, or a server that truncates kept the counts.
  for (; read < records; read++) {
    const fixed = skipName(bytes, at, limit);
    if (fixed === -1 || fixed + 10 > limit) break;
    const end = fixed + 10 + u16(bytes, fixed + 8);
    if (end > limit) break;
    const type = u16(bytes, fixed);
    if (type === SOA && read < answers) soaAnswers++;
    if (type === OPT && read >= beforeAdditionals) rcode |= bytes[fixed + 4]! << 4;
    at = end;
  }
  message.bytes = bytes;
  message.start = start;
  message.end = limit;
  message.id = u16(bytes, start);
  message.isResponse = (flags & RESPONSE) !== 0;
  message.opcode = (flags >> 11) & 0x0f;
  message.rcode = rcode;
  message.questionsEnd = questionsEnd;
  message.firstType = firstType;
  message.soaAnswers = soaAnswers;
  message.answers = answers;
  message.exact = read === records && at === limit;
  return null;
}

const RESPONSE = 0x8000;

/** What makes the 12 bytes at `offset` impossible as a DNS header; null when they are possible. */
function headerFault(bytes: Uint8Array, offset: number): string | null {
  const flags = u16(bytes, offset + 2);
  const opcode = (flags >> 11) & 0x0f;
  if (opcode === 3 || opcode > 6) return 'unknown opcode';
  const questions = u16(bytes, offset + 4);
  if (questions > MAX_QUESTIONS) return 'too many questions';
  if ((flags & RESPONSE) === 0 && opcode === 0) {
    if ((flags & 0x0f) !== 0) return 'query with a response code';
    if (questions === 0) return 'query without a question';
  }
  return null;
}

/** Record types of NetBIOS names (RFC 1002 §4.2.1.2), whose messages are built like DNS. */
const NB = 0x20;
const NBSTAT = 0x21;
const NETBIOS_NAME_BYTES = 32;
const NETBIOS_TYPE = HEADER_BYTES + 1 + NETBIOS_NAME_BYTES + 1;

/**
 * Is this surely DNS, seen alone? Either every record fits exactly, or the message was cut but asks one question of a
 * usual class and a type with a name.
 */
export function isPlausible({ bytes, start, end, exact, questionsEnd, firstType }: DnsMessage): boolean {
  // A NetBIOS name is one label of 32 letters; its type follows in the question, or in the record of an answer.
  const type = end - start >= NETBIOS_TYPE + 2 ? u16(bytes, start + NETBIOS_TYPE) : 0;
  if (bytes[start + HEADER_BYTES] === NETBIOS_NAME_BYTES && (type === NB || type === NBSTAT)) return false;
  if (exact) return true;
  if (questionsEnd === HEADER_BYTES || u16(bytes, start + 4) !== 1) return false;
  return isUsualClass(u16(bytes, start + questionsEnd - 2)) && !typeName(firstType).startsWith('TYPE');
}

/** Servers answer, clients ask; but a multicast group (id 0, RFC 6762 §18.1) hears both from the same port. */
export function fits(message: DnsMessage, side: Side): boolean {
  return (message.id === 0 || message.isResponse === (side === 'server')) && isPlausible(message);
}

/** Internet, Chaos, Hesiod, none, any. */
function isUsualClass(value: number): boolean {
  return value === 1 || value === 3 || value === 4 || value === 254 || value === 255;
}

/** False when a message whose end has not come yet cannot become one: text read as lengths, mostly. */
export function mayBeFramed(bytes: Uint8Array): boolean {
  if (bytes.length < LENGTH_BYTES + HEADER_BYTES) return true;
  return headerFault(bytes, LENGTH_BYTES) === null && u16(bytes, LENGTH_BYTES + 4) <= 1;
}

/** Could a TCP stream have a message's length and header at `offset`? For resynchronising after lost bytes. */
export function framedHeaderFits(bytes: Uint8Array, offset: number): boolean {
  if (bytes.length < offset + LENGTH_BYTES + HEADER_BYTES) return false;
  const length = u16(bytes, offset);
  if (length < HEADER_BYTES + 5 || headerFault(bytes, offset + LENGTH_BYTES) !== null) return false;
  const questions = u16(bytes, offset + LENGTH_BYTES + 4);
  if (questions !== 1) return false;
  const start = offset + LENGTH_BYTES + HEADER_BYTES;
  const limit = Math.min(bytes.length, offset + LENGTH_BYTES + length);
  const end = skipName(bytes, start, limit);
  if (end === -1 || end + 4 > limit) return false;
  return u16(bytes, end) !== 0 && isUsualClass(u16(bytes, end + 2));
}

const u16 = (bytes: Uint8Array, at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
