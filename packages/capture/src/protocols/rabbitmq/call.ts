/** What is known of one call: the halves it is put together from, and the numbers once it is over. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import type { CallGroup } from '../../dissect/call-group.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { piece } from '../../json/json-writer.ts';
import { type Half, numberIn } from './half.ts';
import type { Method } from './method.ts';
import type { Consumer, Route } from './names.ts';

const SUCCESS = 200;

/** What the two sides told of themselves before the first channel. */
export interface Login {
  readonly methods: { readonly client: string[]; readonly server: string[] };
  mechanism?: string;
  user?: string;
  /** Capabilities and limits: what each side says of itself, what was agreed. */
  readonly facts: Record<string, JsonValue>;
}

/** Channels whose openings are remembered of one method; a program with more makes them again. */
export const MAX_OPENINGS = 64;

/** Who is connected, and to what. */
export class Peer {
  readonly vhost: string | undefined;
  readonly user: string | undefined;
  /** By method and channel. */
  readonly #openings: (Map<number, Uint8Array> | undefined)[] = [];

  constructor(vhost: string | undefined, user: string | undefined) {
    this.vhost = vhost;
    this.user = user;
  }

  /** What `rabbitmq.*` of the calls of a usual method begins with. */
  opening(method: Method, channel: number): Uint8Array {
    return this.#openings[method.index]?.get(channel) ?? this.#newOpening(method, channel);
  }

  #newOpening({ index, name: method }: Method, channel: number): Uint8Array {
    const { vhost, user } = this;
    const names = JSON.stringify({ method, channel, vhost, user }).slice(0, -1);
    const opening = piece(`,"rabbitmq":${names}`);
    const known = this.#openings[index] ?? new Map<number, Uint8Array>();
    if (known.size >= MAX_OPENINGS) known.clear();
    this.#openings[index] = known.set(channel, opening);
    return opening;
  }
}

/** Where a message came from that is settled now. */
export interface Delivery {
  readonly at: number;
  readonly tag: number;
  readonly isRedelivered: boolean;
  readonly route: Route;
  /** Undefined for a message that was asked for: those have no consumer. */
  readonly consumer: Consumer | undefined;
  readonly queue: string;
  /** What the server said with it, where it is not all above. */
  readonly fields: JsonObject | undefined;
}

/** The arguments of the method that brought a message. */
export function deliveryFields({ tag, isRedelivered, route, consumer, fields }: Delivery): JsonObject {
  if (fields !== undefined) return fields;
  const { exchange, routingKey } = route;
  return { consumerTag: consumer?.tag ?? '', deliveryTag: tag, redelivered: isRedelivered, exchange, routingKey };
}

/** Answers that are troubles by themselves, with the status they are shown by. */
const troubles: Readonly<Record<string, string>> = {
  'basic.nack': 'nack',
  'basic.cancel': 'cancelled',
  'connection.blocked': 'blocked',
};

const NOBODY = new Peer(undefined, undefined);

/** A call while it is put together; the session fills it. */
export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'rabbitmq';
  channel = 0;
  peer = NOBODY;
  request: Half | undefined;
  response: Half | undefined;
  /** Number of a published message that is to be confirmed; 0 when it is not. */
  tag = 0;
  /** Who gets the message, where the consumer is known. */
  consumer: Consumer | undefined;
  /** The client's answer to what the server asked. */
  answer: string | undefined;
  /** Why a published message came back. */
  returned: JsonObject | undefined;
  delivery: Delivery | undefined;
  login: Login | undefined;
  /** Why there is no answer, when there should be one. */
  failure: string | undefined;
  /** Body bytes shown. */
  limit = 0;
  status: number | string | null = null;
  error = false;

  /** What it borrowed of the chunk goes away. */
  keep(): void {
    this.request?.keep();
    this.response?.keep();
  }

  /** It is whole now, or as whole as it will be. */
  finish(): void {
    const { request, response } = this;
    this.gap = 0;
    if (request !== undefined) this.setRequest(request);
    if (response !== undefined) this.setResponse(response);
    this.truncated = request?.isTruncated === true || response?.isTruncated === true;
    this.status = this.#statusOf();
    this.error = this.#isError();
  }

  /** Nobody looks at it any more. */
  protected clear(): void {
    this.requestStart = null;
    this.requestEnd = null;
    this.responseStart = null;
    this.responseEnd = null;
    this.requestSize = 0;
    this.responseSize = 0;
    this.peer = NOBODY;
    this.request = undefined;
    this.response = undefined;
    this.tag = 0;
    this.consumer = undefined;
    this.answer = undefined;
    this.returned = undefined;
    this.delivery = undefined;
    this.login = undefined;
    this.failure = undefined;
  }

  /** What usual calls group by; null for others. */
  group(): CallGroup | null {
    const { request, response } = this;
    if (request?.usual === 'publish') return request.route?.published ?? null;
    const consumer = request === undefined ? this.consumer : this.delivery?.consumer;
    const isUsual =
      request === undefined ? response?.usual === 'deliver' : request.usual === 'settle' && response === undefined;
    if (!isUsual || consumer === undefined || consumer.queue === '') return null;
    const method = (request ?? response)?.method;
    return method === undefined ? null : consumer.groupOf(method);
  }

  #statusOf(): number | string | null {
    const { request, response, returned } = this;
    if (returned !== undefined) return numberIn(returned, 'replyCode');
    if (response === undefined) return null;
    const code = response.replyCode ?? request?.replyCode;
    if (code !== undefined) return Number(code) === SUCCESS ? 0 : Number(code);
    return troubles[response.name] ?? 0;
  }

  #isError(): boolean {
    if (this.failure !== undefined) return true;
    if (this.status !== null) return this.status !== 0;
    const name = this.request?.name;
    return name === 'basic.nack' || name === 'basic.reject';
  }
}
