/** What a NATS call looks like to people. */

import type { Headers, JsonObject, Request } from '@kubeshark/model';
import { plainPayload } from '../../decode/payload.ts';
import { traceIdOf } from '../../decode/trace.ts';
import type { Description } from '../../dissect/dissector.ts';
import type { CallFacts } from './call.ts';
import type { Half } from './halves.ts';
import { headersIn, type NatsHeaders } from './headers.ts';
import { type Answer, answerIn, type Operation, operationOf } from './jetstream.ts';

export const MAX_SUMMARY = 200;
/** Acknowledgements are `+ACK`, `-NAK`, `+WPI`, `+TERM`, `+NXT`, with a word of JSON at most. */
export const MAX_ACK_BYTES = 256;

const oneLine = (text: string): string => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);

export function describeCall(call: CallFacts): Description {
  const { request, response, status, main, limit } = call;
  const sent = request === null ? undefined : headersOf(request);
  const got = response === null ? undefined : headersOf(response);
  const answer = response === null ? undefined : answerIn(response.payload);
  const headers = (sent ?? got)?.headers ?? {};
  const traceId = traceIdOf({ first: (name) => firstOf(headers, name) });
  const errorText = call.error ? (call.missing ?? errorTextOf(response, got, answer)) : undefined;
  return {
    protocols: ['nats'],
    method: main.verb,
    endpoint: call.endpoint(),
    summary: oneLine(summaryOf(main)),
    ...(errorText !== undefined && { errorText }),
    request: request === null ? null : { size: request.size, ...partsOf(request, sent, limit) },
    response:
      response === null
        ? null
        : { size: response.size, ...(status !== null && { status }), ...partsOf(response, got, limit) },
    ...(traceId !== undefined && { traceId }),
    data: { nats: dataOf(call, answer) },
  };
}

function partsOf(half: Half, headers: NatsHeaders | undefined, limit: number): Partial<Request> {
  const size = half.length - half.headerBytes;
  const { payload } = half;
  const body = plainPayload(payload, { size, isCut: payload.length < size, limit });
  const hasHeaders = headers !== undefined && Object.keys(headers.headers).length > 0;
  return {
    ...(hasHeaders && { headers: headers.headers }),
    ...(headers?.description !== undefined && { statusText: headers.description }),
    ...(body !== undefined && { body }),
  };
}

function dataOf({ main, response, peers }: CallFacts, answer: Answer | undefined): JsonObject {
  const { verb, subject, replyTo, queueGroup } = main;
  // What was delivered is acknowledged at the subject its reply goes to.
  const ackSubject = response?.replyTo;
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
    ...(verb === 'CONNECT' || verb === 'INFO' ? peers : undefined),
  };
}

const headersOf = (half: Half): NatsHeaders | undefined =>
  half.headerBytes === 0 ? undefined : headersIn(half.headers);

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
  return Buffer.from(half.payload).toString('latin1').split(' ')[0] || '+ACK';
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
