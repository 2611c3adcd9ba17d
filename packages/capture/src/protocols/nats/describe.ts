/** What a NATS call looks like to people. */

import type { Headers, JsonObject, Request } from '@kubeshark/model';
import { plainPayload } from '../../decode/payload.ts';
import { Remembered } from '../../decode/remembered.ts';
import { traceIdOf } from '../../decode/trace.ts';
import type { Description } from '../../dissect/dissector.ts';
import { foldPath } from '../../http/target.ts';
import { CallFacts, type Half, payloadOfHalf } from './call.ts';
import { headersIn, type NatsHeaders } from './headers.ts';
import { type Answer, answerIn, type Operation, operationOf } from './jetstream.ts';
import { WrittenNats } from './written.ts';

const MAX_SUMMARY = 200;
/** Acknowledgements are `+ACK`, `-NAK`, `+WPI`, `+TERM`, `+NXT`, with a word of JSON at most. */
const MAX_ACK_BYTES = 256;

const PATTERNS = { texts: 8192, characters: 256 } as const;
/** Shows the call that is written. */
const writtenNats = new WrittenNats();

/** Endpoints of what is usual, by subject: inboxes are many, and all the same. */
class Endpoints {
  readonly #inbox: string;
  readonly #known: Remembered<string>;

  constructor(verb: string) {
    this.#inbox = `${verb} _INBOX`;
    this.#known = new Remembered((subject) => `${verb} ${patternOf(subject)}`, PATTERNS);
  }

  of(subject: string): string {
    return subject.startsWith('_INBOX.') ? this.#inbox : this.#known.of(subject);
  }
}

/** `orders.7.paid` → `orders.{id}.paid`; every inbox is one. */
const patternOf = (subject: string): string => (subject.startsWith('_INBOX.') ? '_INBOX' : patterns.of(subject));
const patterns = new Remembered((subject) => foldPath(subject.replaceAll('.', '/')).replaceAll('/', '.'), PATTERNS);
const published = new Endpoints('PUB');
const delivered = new Endpoints('MSG');

const oneLine = (text: string): string => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);

export class NatsCall extends CallFacts {
  endpoint(): string {
    const { verb, subject } = this.#main;
    const operation = subject.startsWith('$') ? operationOf(subject) : undefined;
    if (operation !== undefined) return [verb, operation.operation, operation.stream].filter(Boolean).join(' ');
    if (subject === '') return verb;
    if (verb === 'PUB') return published.of(subject);
    return verb === 'MSG' ? delivered.of(subject) : `${verb} ${patternOf(subject)}`;
  }

  /** What the call is about: the client's word, or what the server said by itself. */
  get #main(): Half {
    return this.request ?? (this.response as Half);
  }

  describe(): Description {
    const { request, response, status } = this;
    const main = this.#main;
    const sent = request === null ? undefined : headersOf(request);
    const got = response === null ? undefined : headersOf(response);
    const answer = response === null ? undefined : answerIn(payloadOfHalf(response));
    const headers = (sent ?? got)?.headers ?? {};
    const traceId = traceIdOf({ first: (name) => firstOf(headers, name) });
    const errorText = this.error ? (this.missing ?? errorTextOf(response, got, answer)) : undefined;
    return {
      protocols: ['nats'],
      method: main.verb,
      endpoint: this.endpoint(),
      summary: oneLine(summaryOf(main)),
      ...(errorText !== undefined && { errorText }),
      request: request === null ? null : { size: request.size, ...this.#parts(request, sent) },
      response:
        response === null
          ? null
          : { size: response.size, ...(status !== null && { status }), ...this.#parts(response, got) },
      ...(traceId !== undefined && { traceId }),
      data: { nats: this.#data(main, answer) },
    };
  }

  written(): WrittenNats | null {
    return writtenNats.of(this);
  }

  #parts(half: Half, headers: NatsHeaders | undefined): Partial<Request> {
    const size = half.length - half.headerBytes;
    const bytes = payloadOfHalf(half);
    const body = plainPayload(bytes, { size, isCut: bytes.length < size, limit: this.limit });
    const hasHeaders = headers !== undefined && Object.keys(headers.headers).length > 0;
    return {
      ...(hasHeaders && { headers: headers.headers }),
      ...(headers?.description !== undefined && { statusText: headers.description }),
      ...(body !== undefined && { body }),
    };
  }

  #data(main: Half, answer: Answer | undefined): JsonObject {
    const { verb, subject, replyTo, queueGroup } = main;
    // What was delivered is acknowledged at the subject its reply goes to.
    const ackSubject = this.response?.replyTo;
    const delivery = ackSubject === undefined ? undefined : operationOf(ackSubject);
    const operation =
      operationOf(subject) ?? (delivery === undefined ? undefined : { ...delivery, operation: 'DELIVER' });
    const stream = operation?.stream ?? answer?.stream;
    const sequence = operation?.sequence ?? delivery?.sequence ?? answer?.sequence;
    const acknowledgement = ackOf(main, operation);
    const errorCode = answer?.error?.errorCode;
    return {
      command: verb,
      ...(subject !== '' && { subject }),
      ...(replyTo !== undefined && { replyTo }),
      ...(queueGroup !== undefined && { queueGroup }),
      ...(operation !== undefined && { operation: operation.operation }),
      ...(stream !== undefined && { stream }),
      ...(operation?.consumer !== undefined && { consumer: operation.consumer }),
      ...(sequence !== undefined && { sequence }),
      ...(acknowledgement !== undefined && { acknowledgement }),
      ...(errorCode !== undefined && { errorCode }),
      ...(verb === 'CONNECT' || verb === 'INFO' ? this.peers : undefined),
    };
  }
}

const headersOf = ({ content, headerBytes }: Half): NatsHeaders | undefined =>
  headerBytes === 0 ? undefined : headersIn(content.subarray(0, headerBytes));

function firstOf(headers: Headers, name: string): string | undefined {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : found?.[0];
}

function errorTextOf(response: Half | null, headers: NatsHeaders | undefined, answer: Answer | undefined): string {
  if (response?.verb === '-ERR') return response.text.replace(/^'|'$/g, '');
  if (answer?.error !== undefined) return answer.error.description;
  return headers?.description ?? (headers?.status === 503 ? 'no responders' : `status ${headers?.status ?? ''}`);
}

function ackOf(half: Half, operation: Operation | undefined): string | undefined {
  if (operation?.operation !== 'ACK' || half.length > MAX_ACK_BYTES) return undefined;
  // An empty payload is the shortest way to say it.
  return Buffer.from(payloadOfHalf(half)).toString('latin1').split(' ')[0] || '+ACK';
}

function summaryOf({ verb, subject, replyTo, queueGroup, sid, text, length, headerBytes }: Half): string {
  switch (verb) {
    case 'PUB':
    case 'HPUB':
    case 'MSG':
    case 'HMSG':
      return `${verb} ${subject}${replyTo === undefined ? '' : ` → ${replyTo}`} (${length - headerBytes} bytes)`;
    case 'SUB':
      return queueGroup === undefined ? `SUB ${subject}` : `SUB ${subject} in ${queueGroup}`;
    case 'UNSUB':
      return `UNSUB ${sid ?? ''}${text === '' ? '' : ` after ${text}`}`;
    case '-ERR':
      return `-ERR ${text}`;
    default:
      return verb;
  }
}
