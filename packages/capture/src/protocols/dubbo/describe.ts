/** What calls of Dubbo look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { traceIdOf } from '../../decode/trace.ts';
import type { Description } from '../../dissect/dissector.ts';
import { type Invocation, invocationOf, type Outcome, outcomeOf } from './bodies.ts';
import { serializations } from './wire.ts';

export const MAX_SUMMARY = 200;
export const OK = 20;

/** Response.java of Dubbo. */
const statusNames: Readonly<Record<number, string>> = {
  20: 'OK',
  25: 'SERIALIZATION_ERROR',
  30: 'CLIENT_TIMEOUT',
  31: 'SERVER_TIMEOUT',
  35: 'CHANNEL_INACTIVE',
  40: 'BAD_REQUEST',
  50: 'BAD_RESPONSE',
  60: 'SERVICE_NOT_FOUND',
  70: 'SERVICE_ERROR',
  80: 'SERVER_ERROR',
  90: 'CLIENT_ERROR',
  100: 'SERVER_THREADPOOL_EXHAUSTED_ERROR',
};

const statusName = (status: number): string => statusNames[status] ?? String(status);

/** The body of a message where it lies. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly serialization: number;
  /** Of a response. */
  readonly status: number;
  readonly isThere: boolean;
}

/** What is read of a call. */
export interface CallFacts {
  readonly high: number;
  readonly low: number;
  readonly isTwoWay: boolean;
  readonly asked: Place;
  readonly answer: Place;
  readonly missing: string | undefined;
  readonly status: number | string | null;
  readonly error: boolean;
  readonly requestSize: number;
  readonly responseSize: number;
}

/** What the response says; undefined where that is not read. */
export const outcomeAt = ({ bytes, start, end, serialization, status }: Omit<Place, 'isThere'>): Outcome | undefined =>
  outcomeOf(bytes.subarray(start, end), serialization, status === OK);

const invocationAt = ({ bytes, start, end, serialization, isThere }: Place): Invocation | undefined =>
  isThere ? invocationOf(bytes.subarray(start, end), serialization) : undefined;

export const requestIdOf = (high: number, low: number): string =>
  ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString();

/** `Orders.get` of `com.shop.Orders`. */
export const nameOf = (service: string, method: string): string =>
  service === '' ? '' : `${service.slice(service.lastIndexOf('.') + 1)}.${method}`;

export function describeCall(call: CallFacts): Description {
  const { asked, answer } = call;
  const invocation = invocationAt(asked);
  const outcome = answer.isThere ? outcomeAt(answer) : undefined;
  const { method = '', service = '' } = invocation ?? {};
  const name = nameOf(service, method);
  const traceId =
    invocation &&
    traceIdOf({
      first: (key) => {
        const value = invocation.attachments[key];
        return typeof value === 'string' ? value : undefined;
      },
    });
  const errorText = call.error ? (call.missing ?? errorOf(answer, outcome)) : undefined;
  const values = invocation?.arguments.map((value) => JSON.stringify(value)).join(', ') ?? '';
  const unread = serializationName(call);
  const summary = name === '' ? unread : `${name}(${values})`;
  return {
    protocols: ['dubbo'],
    method: method === '' ? 'CALL' : method,
    endpoint: name === '' ? unread : name,
    summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY)}…` : summary,
    ...(errorText !== undefined && { errorText }),
    request: asked.isThere
      ? { size: call.requestSize, ...(invocation && { attachments: invocation.attachments }) }
      : null,
    response: answer.isThere
      ? {
          size: call.responseSize,
          status: call.status ?? 0,
          statusText: statusName(answer.status),
          ...(outcome !== undefined &&
            Object.keys(outcome.attachments).length > 0 && { attachments: outcome.attachments }),
        }
      : null,
    ...(traceId !== undefined && { traceId }),
    data: { dubbo: dataOf(call, invocation, outcome) },
  };
}

/** Of a serialization that is not read only the way it is written is known. */
function serializationName({ asked, answer }: CallFacts): string {
  const { serialization } = asked.isThere ? asked : answer;
  return serializations.get(serialization) ?? `serialization ${serialization}`;
}

function errorOf({ status }: Place, outcome: Outcome | undefined): string {
  const name = statusName(status);
  if (outcome === undefined) return name;
  const { kind, value } = outcome;
  if (kind === 'exception') return exceptionLine(fieldOf(value, 'class'), fieldOf(value, 'detailMessage'));
  const line = typeof value === 'string' ? firstLine(value) : '';
  return line === '' ? name : `${name}: ${line}`;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** `java.lang.IllegalArgumentException: no such order`. */
export const exceptionLine = (className: string, message: string): string =>
  firstLine([className, message].filter((part) => part !== '').join(': ') || 'exception');

function dataOf(call: CallFacts, invocation: Invocation | undefined, outcome: Outcome | undefined): JsonObject {
  const { asked, answer } = call;
  const { serialization } = asked.isThere ? asked : answer;
  return {
    requestId: requestIdOf(call.high, call.low),
    serialization: serializations.get(serialization) ?? String(serialization),
    ...(asked.isThere && { twoWay: call.isTwoWay }),
    ...(invocation !== undefined && {
      service: invocation.service,
      method: invocation.method,
      ...(invocation.serviceVersion !== '' && { serviceVersion: invocation.serviceVersion }),
      ...(invocation.dubboVersion !== '' && { version: invocation.dubboVersion }),
      parameterTypes: [...invocation.parameterTypes],
      arguments: [...invocation.arguments],
    }),
    ...(outcome?.kind === 'value' && { result: outcome.value }),
    ...(outcome?.kind === 'null' && { result: null }),
    ...(outcome?.kind === 'exception' && { exception: exceptionOf(outcome.value) }),
  };
}

const fieldOf = (value: JsonValue, name: string): string => {
  const found =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject)[name] : undefined;
  return typeof found === 'string' ? found : '';
};

/** Without its stack, which is long and about the server's own code. */
const exceptionOf = (value: JsonValue): JsonObject => ({
  class: fieldOf(value, 'class'),
  message: fieldOf(value, 'detailMessage'),
});
