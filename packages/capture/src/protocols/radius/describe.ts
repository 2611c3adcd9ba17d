/** What calls of RADIUS look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import type { Description } from '../../dissect/dissector.ts';
import { codeFacts } from './kinds.ts';
import { attributesOf } from './values.ts';

export const MAX_SUMMARY = 200;
export const GIGAWORD = 2 ** 32;

/** A packet where it lies. */
export interface Place {
  readonly code: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly isThere: boolean;
}

/** What is read of a call. */
export interface CallFacts {
  readonly id: number;
  readonly asked: Place;
  readonly answer: Place;
  readonly retries: number;
  readonly missing: string | undefined;
  readonly status: number | null;
  readonly error: boolean;
  readonly requestSize: number;
  readonly responseSize: number;
  endpoint(): string;
}

const textIn = (attributes: JsonObject, name: string): string | undefined => {
  const value = attributes[name];
  const first = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
};
const numberIn = (attributes: JsonObject, name: string): number | undefined => {
  const value = attributes[name];
  return typeof value === 'number' ? value : undefined;
};

const attributesAt = ({ bytes, start, end, isThere }: Place): JsonObject =>
  isThere ? attributesOf(bytes.subarray(start, end)) : {};

export function describeCall(call: CallFacts): Description {
  const { asked: request, answer: response } = call;
  const asked = attributesAt(request);
  const answered = attributesAt(response);
  const { name } = codeFacts((request.isThere ? request : response).code);
  const user = textIn(asked, 'User-Name');
  const about = [textIn(asked, 'Acct-Status-Type'), user, textIn(asked, 'Acct-Session-Id')].filter(Boolean);
  const reply = response.isThere ? codeFacts(response.code).name : undefined;
  const summary = [name, ...about, ...(reply !== undefined && request.isThere ? ['→', reply] : [])].join(' ');
  const errorText = call.error
    ? (call.missing ?? errorOf(reply, textIn(answered, 'Reply-Message') ?? textIn(answered, 'Error-Cause')))
    : undefined;
  return {
    protocols: ['radius'],
    method: name,
    endpoint: call.endpoint(),
    summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY)}…` : summary,
    ...(errorText !== undefined && { errorText }),
    request: request.isThere
      ? { size: call.requestSize, ...(call.retries > 0 && { retries: call.retries }), attributes: asked }
      : null,
    response: response.isThere
      ? { size: call.responseSize, status: call.status ?? 0, statusText: reply ?? '', attributes: answered }
      : null,
    data: {
      radius: { code: name, identifier: call.id, ...(reply !== undefined && { reply }), ...dataOf(asked, answered) },
    },
  };
}

export const errorOf = (reply: string | undefined, message: string | undefined): string =>
  [reply, message].filter(Boolean).join(': ');

function dataOf(asked: JsonObject, answered: JsonObject): JsonObject {
  const named = (name: string, value: string | number | undefined): JsonObject =>
    value === undefined ? {} : { [name]: value };
  const octets = (direction: 'Input' | 'Output') => {
    const low = numberIn(asked, `Acct-${direction}-Octets`);
    return low === undefined ? undefined : low + GIGAWORD * (numberIn(asked, `Acct-${direction}-Gigawords`) ?? 0);
  };
  return {
    ...named('user', textIn(asked, 'User-Name')),
    ...named(
      'nas',
      textIn(asked, 'NAS-Identifier') ?? textIn(asked, 'NAS-IP-Address') ?? textIn(asked, 'NAS-IPv6-Address'),
    ),
    ...named('callingStation', textIn(asked, 'Calling-Station-Id')),
    ...named('calledStation', textIn(asked, 'Called-Station-Id')),
    ...named('framedAddress', textIn(asked, 'Framed-IP-Address') ?? textIn(answered, 'Framed-IP-Address')),
    ...named('acctStatus', textIn(asked, 'Acct-Status-Type')),
    ...named('sessionId', textIn(asked, 'Acct-Session-Id')),
    ...named('sessionSeconds', numberIn(asked, 'Acct-Session-Time')),
    ...named('inputBytes', octets('Input')),
    ...named('outputBytes', octets('Output')),
    ...named('terminateCause', textIn(asked, 'Acct-Terminate-Cause')),
    ...named('eap', textIn(asked, 'EAP-Message')),
  };
}
