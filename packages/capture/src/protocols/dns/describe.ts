/** A DNS transaction as people read it. */

import type { JsonObject, Request, Response } from '@kubeshark/model';
import type { Description } from '../../dissect/dissector.ts';
import { opcodeName, rcodeName, rcodeText } from './codes.ts';
import type { DecodedMessage } from './records.ts';

/** Plain DNS, multicast DNS (RFC 6762) or link-local multicast name resolution (RFC 4795). */
export type DnsVariant = 'dns' | 'mdns' | 'llmnr';

export const NOERROR = 0;

/** A transaction with its messages decoded; one of them is there. */
interface Decoded {
  readonly variant: DnsVariant;
  readonly query: DecodedMessage | null;
  readonly replies: readonly DecodedMessage[];
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | null;
  readonly error: boolean;
  readonly retries: number;
}

export function describeDns(call: Decoded): Description {
  const { query, replies, status } = call;
  const subject = query ?? replies[0]!;
  const endpoint = endpointText(subject);
  const answers = replies.flatMap(answersOf);
  return {
    protocols: ['dns'],
    method: methodOf(subject),
    endpoint,
    summary: `${endpoint}${outcome(status, answers)}`,
    ...(call.error && { errorText: errorTextOf(status) }),
    request: query === null ? null : requestOf(query, call.requestSize),
    response: replies.length === 0 ? null : responseOf(replies, status!, call.responseSize),
    data: {
      dns: {
        ...questionData(subject, call.variant),
        answers,
        ...(status !== null && { rcode: rcodeName(status) }),
        ...(call.retries > 0 && { retries: call.retries }),
      },
    },
  };
}

export const errorTextOf = (status: number | null): string => (status === null ? 'no response' : rcodeText(status));

export const answersOf = (reply: DecodedMessage): readonly string[] => reply.answers.map((record) => record.data);

export function questionData({ id, opcode, questions }: DecodedMessage, variant: DnsVariant): JsonObject {
  return {
    id,
    variant,
    opcode: opcodeName(opcode),
    questions: questions.map((question) => question.name.toLowerCase()),
    types: [...new Set(questions.map((question) => question.type))],
  };
}

/** `A orders.example`. */
export function endpointText(subject: DecodedMessage): string {
  const name = subject.questions[0]?.name.toLowerCase() ?? subject.answers[0]?.name.toLowerCase() ?? '';
  return name === '' ? methodOf(subject) : `${methodOf(subject)} ${name}`;
}

/** The question's type for queries, the operation for everything else. */
export function methodOf(message: DecodedMessage): string {
  const operation = opcodeName(message.opcode);
  return operation === 'QUERY' ? (message.questions[0]?.type ?? message.answers[0]?.type ?? operation) : operation;
}

/** TXT records may be long; one line has room for a name or an address. */
const SHOWN_ANSWER = 100;

/** ` → 192.0.2.1 (+2)`, ` → NXDOMAIN`, or nothing when there is no answer to show. */
export function outcome(status: number | null, answers: readonly string[]): string {
  if (status !== null && status !== NOERROR) return ` → ${rcodeName(status)}`;
  if (answers.length === 0) return '';
  return ` → ${answers[0]!.slice(0, SHOWN_ANSWER)}${answers.length > 1 ? ` (+${answers.length - 1})` : ''}`;
}

export function requestOf(query: DecodedMessage, size: number): Request {
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
export function responseOf(replies: readonly DecodedMessage[], status: number, size: number): Response {
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
