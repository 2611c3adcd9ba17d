/** What is remembered of one channel: who waits for what (§2.2.5), published messages, deliveries, consumers. */

import { Remembered } from '../../decode/remembered.ts';
import type { Side } from '../../dissect/dissector.ts';
import type { Delivery } from './call.ts';
import type { RabbitCall } from './exchange.ts';
import { type Half, textIn } from './half.ts';
import { Consumer, Route } from './names.ts';

/** Deliveries remembered until they are settled: more than any sensible prefetch. Settled later, they are shown bare. */
export const MAX_DELIVERIES = 2048;
/** Consumers remembered of one channel. */
const MAX_CONSUMERS = 1024;

/** Consumers before the capture: of each its tag is known. */
const strangers = new Remembered((tag) => new Consumer(tag, '', false), { texts: 4096, characters: 256 });

const NOWHERE = new Route('', '');

export class Channel {
  readonly number: number;
  /** Calls of the client that wait for their answer, in order. */
  readonly pending: RabbitCall[] = [];
  /** What the server asked and the client has not answered. */
  readonly asked: RabbitCall[] = [];
  /** Messages whose body is still coming. */
  readonly open: Record<Side, Half | undefined> = { client: undefined, server: undefined };
  /** Published messages that wait to be confirmed, by their number, oldest first. */
  readonly unconfirmed = new Map<number, RabbitCall>();
  readonly #deliveries = new Map<number, Delivery>();
  readonly #consumers = new Map<string, Consumer>();
  /** Who got the last message: often gets the next. */
  #consumer: Consumer | undefined;
  /** Number of the next published message; 0 when none are confirmed or nobody knows the count. */
  #nextTag = 0;

  constructor(number: number) {
    this.number = number;
  }

  /** Confirms are asked for: messages count from here. */
  startConfirms(): void {
    if (this.#nextTag === 0) this.#nextTag = 1;
  }

  /** A published message may be missing: which number the next one has is not known any more. */
  loseCount(): void {
    this.#nextTag = 0;
  }

  /** Keeps a published message until it is confirmed; false when it will not be. */
  awaitConfirm(call: RabbitCall): boolean {
    if (this.#nextTag === 0) return false;
    call.tag = this.#nextTag++;
    this.unconfirmed.set(call.tag, call);
    return true;
  }

  /** What it borrowed of the chunk goes away. */
  keep(): void {
    this.open.client?.keep();
    this.open.server?.keep();
    for (const call of this.pending) call.keep();
    for (const call of this.asked) call.keep();
    for (const call of this.unconfirmed.values()) call.keep();
  }

  /** Takes the one message that a confirm is for. */
  confirmedOne(tag: number): RabbitCall | undefined {
    return takenOne(this.unconfirmed, tag);
  }

  /** Takes all messages up to one; all there are with 0. */
  confirmedUpTo(tag: number): RabbitCall[] {
    return takenUpTo(this.unconfirmed, tag);
  }

  /** The oldest waiting message that a return may be for. */
  returned(half: Half): RabbitCall | undefined {
    const exchange = textIn(half.fields, 'exchange');
    const key = textIn(half.fields, 'routingKey');
    for (const call of this.unconfirmed.values()) {
      const fields = call.request?.fields ?? {};
      const isSame = fields['exchange'] === exchange && fields['routingKey'] === key && fields['mandatory'] === true;
      if (isSame && call.returned === undefined) return call;
    }
    return undefined;
  }

  consume(tag: string, { fields }: Half): void {
    this.#consumer = undefined;
    if (this.#consumers.size >= MAX_CONSUMERS) this.#consumers.clear();
    this.#consumers.set(tag, new Consumer(tag, textIn(fields, 'queue'), fields['noAck'] === true));
  }

  cancel(tag: string): void {
    this.#consumer = undefined;
    this.#consumers.delete(tag);
  }

  /** Remembers a delivery until it is settled; gives its consumer, where that is known. */
  deliver(half: Half): Consumer | undefined {
    const isUsual = half.usual === 'deliver';
    const tag = isUsual ? half.consumerTag : textIn(half.fields, 'consumerTag');
    const consumer = this.#consumer?.tag === tag ? this.#consumer : this.#consumers.get(tag);
    this.#consumer = consumer;
    if (consumer?.noAck === true) return consumer;
    this.remember(half.deliveryTag, {
      at: half.end,
      tag: half.deliveryTag,
      isRedelivered: isUsual && (half.bits & 1) !== 0,
      route: half.route ?? NOWHERE,
      consumer: consumer ?? strangers.of(tag),
      queue: consumer?.queue ?? '',
      fields: isUsual ? undefined : half.fields,
    });
    return consumer;
  }

  remember(tag: number, delivery: Delivery): void {
    if (this.#deliveries.size >= MAX_DELIVERIES) {
      const oldest = this.#deliveries.keys().next();
      if (oldest.done !== true) this.#deliveries.delete(oldest.value);
    }
    this.#deliveries.set(tag, delivery);
  }

  /** The delivery that is settled now, the last of them when it is several. */
  settled(tag: number, isMultiple: boolean): Delivery | undefined {
    return isMultiple ? takenUpTo(this.#deliveries, tag).at(-1) : takenOne(this.#deliveries, tag);
  }
}

function takenOne<T>(table: Map<number, T>, tag: number): T | undefined {
  const one = table.get(tag);
  if (one !== undefined) table.delete(tag);
  return one;
}

/** Takes what stands under all numbers up to one; 0 is up to the last. */
function takenUpTo<T>(table: Map<number, T>, tag: number): T[] {
  const found: T[] = [];
  for (const [number, value] of table) {
    if (tag !== 0 && number > tag) break;
    table.delete(number);
    found.push(value);
  }
  return found;
}
