/** What calls of RabbitMQ look like to people. */

import type { Body, Headers, JsonObject, JsonValue, Request, Response } from '@kubeshark/model';
import { decodeContent } from '../../decode/content.ts';
import { payloadOf } from '../../decode/payload.ts';
import { traceIdOf } from '../../decode/trace.ts';
import type { Description } from '../../dissect/dissector.ts';
import { type CallFacts, type Delivery, deliveryFields } from './call.ts';
import { type Half, numberIn, textIn } from './half.ts';
import { replyCodes } from './methods.ts';
import { endpointOf as endpointWith, routeText } from './names.ts';
import { readProperties } from './values.ts';

export const MAX_SUMMARY = 200;

export function describeCall(call: CallFacts): Description {
  const { request, response } = call;
  const message = request?.hasMessage === true ? request : response?.hasMessage === true ? response : undefined;
  const properties =
    message === undefined
      ? {}
      : readProperties(message.propertyBlock.subarray(message.propertyStart, message.propertyEnd));
  const headers = headersOf(properties['headers']);
  const traceId = traceIdIn(headers);
  const half = (side: Half): Request => ({
    size: side.size,
    ...(side.hasMessage && messageParts(side, properties, headers, call.limit)),
  });
  return {
    protocols: ['rabbitmq'],
    method: methodNameOf(call),
    endpoint: endpointOf(call),
    summary: summaryOf(call),
    ...(call.error && { errorText: errorTextOf(call) }),
    request: request === undefined ? null : { ...half(request), method: request.name, ...loginParts(call, 'client') },
    response: response === undefined ? null : { ...half(response), ...responseParts(call, response) },
    ...(traceId !== undefined && { traceId }),
    data: { rabbitmq: dataOf(call, properties) },
  };
}

function responseParts(call: CallFacts, response: Half): Omit<Response, 'size'> {
  const { answer, returned, request, status } = call;
  const rest = telling(response.fields);
  return {
    status: status ?? 0,
    method: response.name,
    ...(request !== undefined && Object.keys(rest).length > 0 && { arguments: rest }),
    ...(answer !== undefined && { answer }),
    ...(returned !== undefined && { returned }),
    ...loginParts(call, 'server'),
  };
}

function messageParts(
  half: Half,
  properties: JsonObject,
  headers: Headers | undefined,
  limit: number,
): Partial<Request> {
  const { announced, bodySize } = half;
  const shown: Body | undefined = payloadOf(
    decodeContent(half.rawBody(), compressionsOf(textIn(properties, 'contentEncoding'))),
    {
      size: Math.max(announced, bodySize),
      isCut: half.isCut || bodySize < announced,
      limit,
      mime: mimeOf(textIn(properties, 'contentType')),
    },
  );
  return { ...(headers !== undefined && { headers }), ...(shown !== undefined && { body: shown }) };
}

/** Media type without its parameters. */
export const mimeOf = (contentType: string): string => contentType.split(';')[0]?.trim().toLowerCase() ?? '';

/** Clients write `utf-8` where the specification wants a content encoding. */
export const compressionsOf = (contentEncoding: string): readonly string[] =>
  contentEncoding
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((name) => /^(x-)?(gzip|deflate|br|zstd)$/.test(name));

export const traceIdIn = (headers: Headers | undefined): string | undefined =>
  traceIdOf({ first: (name) => firstOf(headers?.[name]) });

const firstOf = (value: string | readonly string[] | undefined) => (typeof value === 'string' ? value : value?.[0]);

/** Headers of a message as headers of any call: text as it is, other values as JSON. */
export function headersOf(table: JsonValue | undefined): Headers | undefined {
  if (typeof table !== 'object' || table === null || Object.keys(table).length === 0) return undefined;
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

const loginParts = ({ login }: CallFacts, side: 'client' | 'server'): { methods?: readonly string[] } =>
  login === undefined ? {} : { methods: login.methods[side] };

const methodNameOf = ({ login, request, response }: CallFacts): string =>
  login === undefined ? (request?.name ?? response?.name ?? '') : 'connection.open';

export function errorTextOf(call: CallFacts): string {
  const { request, response, returned, failure } = call;
  if (failure !== undefined) return failure;
  const fields = returned ?? (response?.fields['replyCode'] === undefined ? request?.fields : response.fields) ?? {};
  if (fields['replyCode'] !== undefined) return textIn(fields, 'replyText') || reasonOf(numberIn(fields, 'replyCode'));
  switch (response?.name ?? request?.name) {
    case 'connection.blocked':
      return `the server takes no messages: ${textIn(response?.fields ?? {}, 'reason')}`;
    case 'basic.cancel':
      return 'the server cancelled the consumer';
    case 'basic.nack':
      return response === undefined ? 'the consumer did not take the message' : 'the server did not take the message';
    default:
      return 'the consumer rejected the message';
  }
}
const reasonOf = (code: number) => replyCodes.get(code) ?? `code ${code}`;

/** An empty name that was asked for is the one that the server answers with. */
const fieldOf = ({ request, response, delivery }: CallFacts, name: string): JsonValue | undefined =>
  request?.fields[name] ||
  (response?.fields[name] ??
    request?.fields[name] ??
    (delivery === undefined ? undefined : deliveryFields(delivery)[name]));

const nameOf = (call: CallFacts, name: string): string => {
  const value = fieldOf(call, name);
  return typeof value === 'string' ? value : '';
};

const queueOf = (call: CallFacts): string => call.consumer?.queue || call.delivery?.queue || nameOf(call, 'queue');

const routeOf = (call: CallFacts): string => routeText(nameOf(call, 'exchange'), nameOf(call, 'routingKey'));

/** What the call is about, most telling first. */
const targetOf = (call: CallFacts): string =>
  (call.request?.name === 'basic.publish' ? '' : queueOf(call)) || nameOf(call, 'destination') || routeOf(call);

export const endpointOf = (call: CallFacts): string =>
  endpointWith(methodNameOf(call), call.login === undefined ? targetOf(call) : '');

export function summaryOf(call: CallFacts): string {
  const { login, request, response } = call;
  if (login !== undefined)
    return clipped([call.peer.user ?? '', call.peer.vhost].filter((name) => name !== undefined).join(' → '));
  const name = methodNameOf(call);
  return clipped(`${name} ${detailOf(call, name, (request ?? response)?.fields ?? {})}`.trimEnd());
}

function detailOf(call: CallFacts, name: string, fields: JsonObject): string {
  switch (name) {
    case 'AMQP 1.0':
      return 'is recognised, not read';
    case 'basic.deliver':
      return queueOf(call) === '' ? routeOf(call) : `${queueOf(call)} ← ${routeOf(call)}`;
    case 'queue.bind':
    case 'queue.unbind':
      return `${queueOf(call)} ← ${routeOf(call)}`;
    case 'exchange.bind':
    case 'exchange.unbind':
      return `${textIn(fields, 'destination')} ← ${textIn(fields, 'source')} ${textIn(fields, 'routingKey')}`;
    case 'basic.ack':
    case 'basic.nack':
    case 'basic.reject':
      return `${fields['multiple'] === true ? 'up to ' : ''}${numberIn(fields, 'deliveryTag')} ${queueOf(call)}`;
    case 'basic.cancel':
      return textIn(fields, 'consumerTag');
    case 'basic.return':
    case 'channel.close':
    case 'connection.close':
      return `${numberIn(fields, 'replyCode')} ${textIn(fields, 'replyText')} ${routeOf(call)}`;
    default:
      return targetOf(call);
  }
}

const clipped = (text: string) => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);

/** Arguments that have fields of their own, or that nobody needs. */
const apart = new Set(
  'ticket exchange routingKey queue consumerTag deliveryTag redelivered messageCount replyCode replyText'.split(' '),
);

/** The arguments that are left, without those that say nothing: flags not set, names not given, empty tables. */
const telling = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => {
      if (apart.has(name) || value === false || value === '') return false;
      return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
    }),
  );

function dataOf(call: CallFacts, properties: JsonObject): JsonObject {
  const { channel, peer, request, response, returned, delivery, login } = call;
  const { vhost, user } = peer;
  const { headers: _, ...shown } = properties;
  const told = request?.fields ?? response?.fields ?? {};
  const rest = telling(told);
  const replyCode = returned?.['replyCode'] ?? response?.fields['replyCode'] ?? request?.fields['replyCode'];
  const replyText = returned?.['replyText'] ?? response?.fields['replyText'] ?? request?.fields['replyText'];
  const queue = queueOf(call);
  const own = ['exchange', 'routingKey', 'consumerTag', 'deliveryTag', 'redelivered', 'messageCount'].map(
    (name) => [name, fieldOf(call, name)] as const,
  );
  return {
    method: methodNameOf(call),
    channel,
    ...(vhost !== undefined && { vhost }),
    ...(user !== undefined && { user }),
    ...(login?.mechanism !== undefined && { mechanism: login.mechanism }),
    ...Object.fromEntries(own.filter(([, value]) => value !== undefined)),
    ...(call.tag > 0 && { deliveryTag: call.tag }),
    ...(queue !== '' && { queue }),
    ...(Object.keys(shown).length > 0 && { properties: shown }),
    ...(replyCode !== undefined && { replyCode, replyText }),
    ...(delivery !== undefined && { heldMillis: heldMillis(request, delivery) }),
    ...(login === undefined ? Object.keys(rest).length > 0 && { arguments: rest } : { arguments: { ...login.facts } }),
  };
}

const heldMillis = (request: Half | undefined, { at }: Delivery) => Math.max(0, (request?.start ?? at) - at) / 1000;
