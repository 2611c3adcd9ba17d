/** What calls of Diameter look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import type { Description, Side } from '../../dissect/dissector.ts';
import { type Kind, resultFacts } from './kinds.ts';
import { avpsOf } from './values.ts';

export const MAX_SUMMARY = 200;

/** A message where it lies. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly isThere: boolean;
}

/** What is read of a call. */
export interface CallFacts {
  readonly side: Side;
  readonly hopByHop: number;
  readonly kind: Kind;
  readonly asked: Place;
  readonly answer: Place;
  readonly result: number | undefined;
  readonly isResent: boolean;
  readonly status: number | null;
  readonly error: boolean;
  readonly missing: string | undefined;
  readonly requestSize: number;
  readonly responseSize: number;
}

const textIn = (avps: JsonObject, name: string): string | undefined => {
  const value = avps[name];
  const first = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
};

const avpsAt = ({ bytes, start, end, isThere }: Place): JsonObject | undefined =>
  isThere ? avpsOf(bytes.subarray(start, end)) : undefined;

export function describeCall(call: CallFacts): Description {
  const { kind, result, status } = call;
  const { endpoint } = kind.group;
  const asked = avpsAt(call.asked);
  const answer = avpsAt(call.answer);
  const known = asked ?? answer ?? {};
  const name = result === undefined ? undefined : resultFacts(result).name;
  const about = [textIn(known, 'CC-Request-Type') ?? textIn(known, 'Accounting-Record-Type'), subjectOf(known)];
  const summary = [endpoint, ...about, ...(name === undefined ? [] : ['→', name])].filter(Boolean).join(' ');
  const message = answer === undefined ? undefined : textIn(answer, 'Error-Message');
  const errorText = call.error ? (call.missing ?? errorOf(name, message)) : undefined;
  return {
    protocols: ['diameter'],
    method: kind.command,
    endpoint,
    summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY)}…` : summary,
    ...(errorText !== undefined && { errorText }),
    request: asked === undefined ? null : { size: call.requestSize, avps: asked },
    response:
      answer === undefined
        ? null
        : {
            size: call.responseSize,
            status: status ?? 0,
            ...(name !== undefined && { statusText: name }),
            avps: answer,
          },
    data: { diameter: dataOf(call, known, name) },
  };
}

export const errorOf = (name: string | undefined, message: string | undefined): string =>
  [name ?? 'error', message].filter(Boolean).join(': ');

function dataOf({ kind, side, hopByHop, isResent }: CallFacts, known: JsonObject, result?: string): JsonObject {
  const named = (key: string, value: string | undefined): JsonObject => (value === undefined ? {} : { [key]: value });
  const subscription = known['Subscription-Id'];
  const [first] = Array.isArray(subscription) ? (subscription as readonly JsonValue[]) : [subscription];
  const subscriber =
    typeof first === 'object' && first !== null ? textIn(first as JsonObject, 'Subscription-Id-Data') : undefined;
  const requestNumber = known['CC-Request-Number'];
  return {
    command: kind.command,
    application: kind.application,
    ...(side === 'server' && { initiator: 'server' }),
    hopByHop: hopByHop >>> 0,
    ...named('result', result),
    ...named('sessionId', textIn(known, 'Session-Id')),
    ...named('originHost', textIn(known, 'Origin-Host')),
    ...named('originRealm', textIn(known, 'Origin-Realm')),
    ...named('destinationHost', textIn(known, 'Destination-Host')),
    ...named('destinationRealm', textIn(known, 'Destination-Realm')),
    ...named('user', textIn(known, 'User-Name')),
    ...named('subscriber', subscriber),
    ...named('requestType', textIn(known, 'CC-Request-Type') ?? textIn(known, 'Accounting-Record-Type')),
    ...(typeof requestNumber === 'number' && { requestNumber }),
    ...(isResent && { resent: true }),
  };
}

const subjectOf = (avps: JsonObject): string | undefined =>
  textIn(avps, 'User-Name') ?? textIn(avps, 'Session-Id') ?? textIn(avps, 'Origin-Host');
