/** What calls of RabbitMQ look like to people. */

import type { Body, Headers, JsonObject, JsonValue, Request, Response } from '@kubeshark/model';
import { decodeContent } from '../../decode/content.ts';
import { foldIds } from '../../decode/fold-ids.ts';
import { payloadOf } from '../../decode/payload.ts';
import { traceIdOf } from '../../decode/trace.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description } from '../../dissect/dissector.ts';
import { type Content, type Half, numberIn, textIn } from './half.ts';
import { replyCodes } from './methods.ts';
import { readProperties } from './values.ts';

const MAX_SUMMARY = 200;
const SUCCESS = 200;
/** Names that the server makes: `amq.gen-Xa3…`, `amq.ctag-…`. */
const GENERATED = /\bamq\.(gen|ctag)-[\w-]+/;

/** What the two sides told of themselves before the first channel. */
export interface Login {
  readonly methods: { readonly client: string[]; readonly server: string[] };
  mechanism?: string;
  user?: string;
  /** Capabilities and limits: what each side says of itself, what was agreed. */
  readonly facts: Record<string, JsonValue>;
}

/** Where a message came from that is settled now. */
export interface Delivery {
  readonly at: number;
  readonly queue: string;
  readonly fields: JsonObject;
}

/** A call while it is put together; the session fills it. */
export interface RabbitCall {
  readonly channel: number;
  readonly vhost: string | undefined;
  readonly user: string | undefined;
  request: Half | undefined;
  response: Half | undefined;
  /** Number of a published message that is to be confirmed. */
  tag?: number;
  /** Queue the message came from, where the consumer is known. */
  queue?: string;
  /** The client's answer to what the server asked. */
  answer?: string;
  /** Why a published message came back. */
  returned?: JsonObject;
  delivery?: Delivery;
  login?: Login;
  /** Why there is no answer, when there should be one. */
  failure?: string;
}

export class RabbitExchange extends CountedExchange {
  readonly protocol = 'rabbitmq';
  readonly #call: RabbitCall;
  readonly #limit: number;

  /** `limit`: body bytes shown. */
  constructor(call: RabbitCall, limit: number) {
    super();
    this.#call = call;
    this.#limit = limit;
    const { request, response } = call;
    if (request !== undefined) this.setRequest(request);
    if (response !== undefined) this.setResponse(response);
    this.truncated = isTruncated(request) || isTruncated(response);
  }

  get status(): number | string | null {
    const { request, response, returned } = this.#call;
    if (returned !== undefined) return numberIn(returned, 'replyCode');
    if (response === undefined) return null;
    const code = response.fields['replyCode'] ?? request?.fields['replyCode'];
    if (code !== undefined) return Number(code) === SUCCESS ? 0 : Number(code);
    return troubles[response.name] ?? 0;
  }
  get error(): boolean {
    const { request, failure } = this.#call;
    if (failure !== undefined) return true;
    const { status } = this;
    if (status !== null) return status !== 0;
    return request?.name === 'basic.nack' || request?.name === 'basic.reject';
  }

  endpoint(): string {
    return endpointOf(this.#call);
  }

  describe(): Description {
    const call = this.#call;
    const { request, response } = call;
    const message = request?.content === undefined ? response?.content : request.content;
    const properties = message === undefined ? {} : readProperties(message.block.subarray(message.start, message.end));
    const headers = headersOf(properties['headers']);
    const traceId = traceIdOf({ first: (name) => firstOf(headers?.[name]) });
    const errorText = this.error ? errorTextOf(call) : undefined;
    const half = (side: Half): Request => ({
      size: side.size,
      ...(side.content !== undefined && this.#messageParts(side.content, properties, headers)),
    });
    return {
      protocols: ['rabbitmq'],
      method: methodNameOf(call),
      endpoint: endpointOf(call),
      summary: summaryOf(call),
      ...(errorText !== undefined && { errorText }),
      request: request === undefined ? null : { ...half(request), method: request.name, ...loginParts(call, 'client') },
      response: response === undefined ? null : { ...half(response), ...this.#responseParts(response) },
      ...(traceId !== undefined && { traceId }),
      data: { rabbitmq: dataOf(call, properties) },
    };
  }

  #responseParts(response: Half): Omit<Response, 'size'> {
    const { answer, returned, request } = this.#call;
    const rest = telling(response.fields);
    return {
      status: this.status ?? 0,
      method: response.name,
      ...(request !== undefined && Object.keys(rest).length > 0 && { arguments: rest }),
      ...(answer !== undefined && { answer }),
      ...(returned !== undefined && { returned }),
      ...loginParts(this.#call, 'server'),
    };
  }

  #messageParts({ body, size }: Content, properties: JsonObject, headers: Headers | undefined): Partial<Request> {
    const mime = textIn(properties, 'contentType').split(';')[0]?.trim().toLowerCase() ?? '';
    const encodings = textIn(properties, 'contentEncoding')
      .toLowerCase()
      .split(/[\s,]+/);
    const shown: Body | undefined = payloadOf(decodeContent(body.bytes, encodings.filter(isCompression)), {
      size: Math.max(size, body.size),
      isCut: body.isCut || body.size < size,
      limit: this.#limit,
      mime,
    });
    return { ...(headers !== undefined && { headers }), ...(shown !== undefined && { body: shown }) };
  }
}

/** Answers that are troubles by themselves, with the status they are shown by. */
const troubles: Readonly<Record<string, string>> = {
  'basic.nack': 'nack',
  'basic.cancel': 'cancelled',
  'connection.blocked': 'blocked',
};

/** Clients write `utf-8` where the specification wants a content encoding. */
const isCompression = (name: string) => /^(x-)?(gzip|deflate|br|zstd)$/.test(name);

/** A message that is announced and not here, whole or in part, is cut too. */
const isTruncated = (half: Half | undefined): boolean => {
  if (half === undefined) return false;
  const { isCut, content, method } = half;
  if (content === undefined) return isCut || method?.hasContent === true;
  return isCut || content.body.isCut || content.body.size < content.size;
};

const firstOf = (value: string | readonly string[] | undefined) => (typeof value === 'string' ? value : value?.[0]);

/** Headers of a message as headers of any call: text as it is, other values as JSON. */
function headersOf(table: JsonValue | undefined): Headers | undefined {
  if (typeof table !== 'object' || table === null || Object.keys(table).length === 0) return undefined;
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

const loginParts = ({ login }: RabbitCall, side: 'client' | 'server'): { methods?: readonly string[] } =>
  login === undefined ? {} : { methods: login.methods[side] };

const methodNameOf = ({ login, request, response }: RabbitCall): string =>
  login === undefined ? (request?.name ?? response?.name ?? '') : 'connection.open';

function errorTextOf(call: RabbitCall): string {
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
const fieldOf = ({ request, response, delivery }: RabbitCall, name: string): JsonValue | undefined =>
  request?.fields[name] || (response?.fields[name] ?? request?.fields[name] ?? delivery?.fields[name]);

const nameOf = (call: RabbitCall, name: string): string => {
  const value = fieldOf(call, name);
  return typeof value === 'string' ? value : '';
};

const queueOf = (call: RabbitCall): string => call.queue || call.delivery?.queue || nameOf(call, 'queue');

/** What is published to: an exchange with a key; through the default exchange the key is a queue's name. */
function routeOf(call: RabbitCall): string {
  const exchange = nameOf(call, 'exchange');
  const key = nameOf(call, 'routingKey');
  return exchange === '' || key === '' ? `${exchange}${key}` : `${exchange} ${key}`;
}

/** What the call is about, most telling first. */
const targetOf = (call: RabbitCall): string =>
  (call.request?.name === 'basic.publish' ? '' : queueOf(call)) || nameOf(call, 'destination') || routeOf(call);

function endpointOf(call: RabbitCall): string {
  const method = methodNameOf(call);
  const target = targetOf(call);
  if (call.login !== undefined || target === '') return method;
  return `${method} ${foldIds(GENERATED.test(target) ? target.replace(GENERATED, 'amq.$1-{id}') : target)}`;
}

function summaryOf(call: RabbitCall): string {
  const { login, request, response } = call;
  if (login !== undefined)
    return clipped([call.user ?? '', call.vhost].filter((name) => name !== undefined).join(' → '));
  const name = methodNameOf(call);
  return clipped(`${name} ${detailOf(call, name, (request ?? response)?.fields ?? {})}`.trimEnd());
}

function detailOf(call: RabbitCall, name: string, fields: JsonObject): string {
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

function dataOf(call: RabbitCall, properties: JsonObject): JsonObject {
  const { channel, vhost, user, request, response, returned, delivery, login } = call;
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
    ...(call.tag !== undefined && { deliveryTag: call.tag }),
    ...(queue !== '' && { queue }),
    ...(Object.keys(shown).length > 0 && { properties: shown }),
    ...(replyCode !== undefined && { replyCode, replyText }),
    ...(delivery !== undefined && { heldMillis: heldMillis(request, delivery) }),
    ...(login === undefined ? Object.keys(rest).length > 0 && { arguments: rest } : { arguments: { ...login.facts } }),
  };
}

const heldMillis = (request: Half | undefined, { at }: Delivery) => Math.max(0, (request?.start ?? at) - at) / 1000;
