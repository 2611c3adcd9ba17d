/** What is remembered of one channel: who waits for what (§2.2.5), published messages, deliveries, consumers. */

import type { Side } from '../../dissect/dissector.ts';
import type { Delivery, RabbitCall } from './describe.ts';
import { type Half, numberIn, textIn } from './half.ts';

/** Deliveries remembered until they are settled: more than any sensible prefetch. Settled later, they are shown bare. */
export const MAX_DELIVERIES = 2048;
/** Consumers remembered of one channel. */
const MAX_CONSUMERS = 1024;

interface Consumer {
  readonly queue: string;
  /** What it gets counts as settled: nothing will be acknowledged. */
  readonly noAck: boolean;
}

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

  /** Takes the messages that a confirm is for; `multiple` is for all up to its number, for all there are with 0. */
  confirmed(tag: number, multiple: boolean): RabbitCall[] {
    return taken(this.unconfirmed, tag, multiple);
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
    if (this.#consumers.size >= MAX_CONSUMERS) this.#consumers.clear();
    this.#consumers.set(tag, { queue: textIn(fields, 'queue'), noAck: fields['noAck'] === true });
  }

  cancel(tag: string): void {
    this.#consumers.delete(tag);
  }

  /** Remembers a delivery until it is settled; gives the queue it came from, where the consumer is known. */
  deliver({ fields, end }: Half): string | undefined {
    const consumer = this.#consumers.get(textIn(fields, 'consumerTag'));
    if (consumer?.noAck !== true)
      this.remember(numberIn(fields, 'deliveryTag'), { at: end, queue: consumer?.queue ?? '', fields });
    return consumer?.queue;
  }

  remember(tag: number, delivery: Delivery): void {
    if (this.#deliveries.size >= MAX_DELIVERIES) {
      const oldest = this.#deliveries.keys().next();
      if (oldest.done !== true) this.#deliveries.delete(oldest.value);
    }
    this.#deliveries.set(tag, delivery);
  }

  /** The delivery that is settled now, the last of them when it is several. */
  settled(tag: number, multiple: boolean): Delivery | undefined {
    return taken(this.#deliveries, tag, multiple).at(-1);
  }
}

/** Takes what stands under a number, or under all numbers up to it; 0 is up to the last. */
function taken<T>(table: Map<number, T>, tag: number, multiple: boolean): T[] {
  if (!multiple) {
    const one = table.get(tag);
    return one !== undefined && table.delete(tag) ? [one] : [];
  }
  const found: T[] = [];
  for (const [number, value] of table) {
    if (tag !== 0 && number > tag) break;
    table.delete(number);
    found.push(value);
  }
  return found;
}
