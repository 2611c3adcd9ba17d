/** Names that come again and again, with what is made of them: routes of messages, consumers. */

import { foldIds } from '../../decode/fold-ids.ts';
import { internedText } from '../../decode/interned-text.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import type { Method } from './method.ts';

/** Half as many are kept: a message's key is often one of thousands, some 600 bytes each with what is made of it. */
const KEPT_ROUTES = { capacity: 16_384, maxLength: 256 } as const;
/** Names that the server makes: `amq.gen-Xa3…`, `amq.ctag-…`. */
const GENERATED = /\bamq\.(gen|ctag)-[\w-]+/;

/** What calls group by: a method with what it is about. */
export const endpointOf = (method: string, target: string): string =>
  target === ''
    ? method
    : `${method} ${foldIds(GENERATED.test(target) ? target.replace(GENERATED, 'amq.$1-{id}') : target)}`;

/** What is published to: an exchange with a key; through the default exchange the key is a queue's name. */
export const routeText = (exchange: string, key: string): string =>
  exchange === '' || key === '' ? `${exchange}${key}` : `${exchange} ${key}`;

/** Groups of calls, some 300 bytes each. Routes and queues of many names are one group where only ids differ. */
const groups = new Remembered((endpoint) => new CallGroup(endpoint), { texts: 4096, characters: 300 });

/** Whether a summary may end with it: spaces at the end are not shown. */
const endsVisibly = (text: string): boolean => /\S$/.test(text);

/** Exchange and routing key, which stand side by side in all methods that carry a message. */
export class Route {
  readonly exchange: string;
  readonly routingKey: string;
  readonly text: string;
  readonly endsVisibly: boolean;
  #published: CallGroup | undefined;
  #members: Uint8Array | undefined;
  #summary: Uint8Array | undefined;

  constructor(exchange: string, routingKey: string) {
    this.exchange = exchange;
    this.routingKey = routingKey;
    this.text = routeText(exchange, routingKey);
    this.endsVisibly = endsVisibly(this.text);
  }

  /** What is published there. */
  get published(): CallGroup {
    this.#published ??= groups.of(endpointOf('basic.publish', this.text));
    return this.#published;
  }

  /** Both as members of an object, a comma before each. */
  get members(): Uint8Array {
    const { exchange, routingKey } = this;
    this.#members ??= piece(`,"exchange":${JSON.stringify(exchange)},"routingKey":${JSON.stringify(routingKey)}`);
    return this.#members;
  }

  /** The text as the end of a string. */
  get summary(): Uint8Array {
    this.#summary ??= piece(JSON.stringify(this.text).slice(1));
    return this.#summary;
  }
}

const routes = new ByteInterner((bytes, start, end) => {
  const keyAt = start + 1 + (bytes[start] ?? 0);
  return new Route(internedText(bytes, start + 1, keyAt), internedText(bytes, keyAt + 1, end));
}, KEPT_ROUTES);

/** The route that two short strings are, each behind its length. */
export const routeAt = (bytes: Uint8Array, start: number, end: number): Route => routes.of(bytes, start, end);

/** What is written of a consumer again and again. */
interface ConsumerPieces {
  /** Up to the number of a delivery. */
  readonly tag: Uint8Array;
  /** What stands behind that: whether it is a second time, and the queue. */
  readonly first: Uint8Array;
  readonly again: Uint8Array;
  /** A summary up to the route of a delivery. */
  readonly delivered: Uint8Array;
  /** The end of the summary of what settles one. */
  readonly settled: Uint8Array;
}

/** Who gets messages of a queue. */
export class Consumer {
  readonly tag: string;
  /** Empty where the capture began after it. */
  readonly queue: string;
  /** What it gets counts as settled: nothing will be acknowledged. */
  readonly noAck: boolean;
  readonly endsVisibly: boolean;
  /** By method. */
  readonly #groups: (CallGroup | undefined)[] = [];
  #pieces: ConsumerPieces | undefined;

  constructor(tag: string, queue: string, noAck: boolean) {
    this.tag = tag;
    this.queue = queue;
    this.noAck = noAck;
    this.endsVisibly = endsVisibly(queue);
  }

  /** Calls of a method about its queue, which has a name. */
  groupOf({ index, name }: Method): CallGroup {
    let group = this.#groups[index];
    if (group === undefined) {
      group = groups.of(endpointOf(name, this.queue));
      this.#groups[index] = group;
    }
    return group;
  }

  get pieces(): ConsumerPieces {
    this.#pieces ??= consumerPieces(this.tag, this.queue);
    return this.#pieces;
  }
}

function consumerPieces(tag: string, queue: string): ConsumerPieces {
  const text = JSON.stringify(queue);
  const member = queue === '' ? '' : `,"queue":${text}`;
  return {
    tag: piece(`,"consumerTag":${JSON.stringify(tag)},"deliveryTag":`),
    first: piece(`,"redelivered":false${member}`),
    again: piece(`,"redelivered":true${member}`),
    delivered: piece(`"basic.deliver ${queue === '' ? '' : `${text.slice(1, -1)} ← `}`),
    settled: piece(` ${text.slice(1)}`),
  };
}
