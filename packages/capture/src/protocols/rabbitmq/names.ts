/** Names that come again and again, with what is made of them: routes of messages, consumers. */

import { foldIds } from '../../decode/fold-ids.ts';
import { internedText } from '../../decode/interned-text.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { piece } from '../../json/json-writer.ts';
import { insideQuotes } from '../../json/written-values.ts';

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

/** Exchange and routing key, which stand side by side in all methods that carry a message. */
export class Route {
  readonly exchange: string;
  readonly routingKey: string;
  readonly text: string;
  #published = '';
  #data: Uint8Array | undefined;
  #summary: Uint8Array | undefined;

  constructor(exchange: string, routingKey: string) {
    this.exchange = exchange;
    this.routingKey = routingKey;
    this.text = routeText(exchange, routingKey);
  }

  /** Endpoint of what is published there. */
  get published(): string {
    this.#published ||= endpointOf('basic.publish', this.text);
    return this.#published;
  }

  /** Both as members of an object. */
  get data(): Uint8Array {
    this.#data ??= piece(`"exchange":${JSON.stringify(this.exchange)},"routingKey":${JSON.stringify(this.routingKey)}`);
    return this.#data;
  }

  /** The text as part of a string. */
  get summary(): Uint8Array {
    this.#summary ??= insideQuotes(this.text);
    return this.#summary;
  }
}

const routes = new ByteInterner((bytes, start, end) => {
  const keyAt = start + 1 + (bytes[start] ?? 0);
  return new Route(internedText(bytes, start + 1, keyAt), internedText(bytes, keyAt + 1, end));
}, KEPT_ROUTES);

/** The route that two short strings are, each behind its length. */
export const routeAt = (bytes: Uint8Array, start: number, end: number): Route => routes.of(bytes, start, end);

/** Who gets messages of a queue. */
export class Consumer {
  readonly tag: string;
  /** Empty where the capture began after it. */
  readonly queue: string;
  /** What it gets counts as settled: nothing will be acknowledged. */
  readonly noAck: boolean;
  readonly #endpoints = new Map<string, string>();
  #tagText: Uint8Array | undefined;
  #queueText: Uint8Array | undefined;

  constructor(tag: string, queue: string, noAck: boolean) {
    this.tag = tag;
    this.queue = queue;
    this.noAck = noAck;
  }

  /** Endpoint of a method about its queue, which has a name. */
  endpointOf(method: string): string {
    let endpoint = this.#endpoints.get(method);
    if (endpoint === undefined) {
      endpoint = endpointOf(method, this.queue);
      this.#endpoints.set(method, endpoint);
    }
    return endpoint;
  }

  /** Its tag as a string. */
  get tagText(): Uint8Array {
    this.#tagText ??= piece(JSON.stringify(this.tag));
    return this.#tagText;
  }
  /** Its queue as part of a string. */
  get queueText(): Uint8Array {
    this.#queueText ??= insideQuotes(this.queue);
    return this.#queueText;
  }
}
