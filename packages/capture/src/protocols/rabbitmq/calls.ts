/**
 * Pairs what the two sides say. Channels are conversations of their own: each has its questions answered in order, and its
 * own numbers of published and of delivered messages.
 */

import type { SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Channel } from './channel.ts';
import { type RabbitCall, RabbitExchange } from './describe.ts';
import { type Half, numberIn, textIn } from './half.ts';

/** Channels remembered of one connection: RabbitMQ's own limit is 2,047. */
const MAX_CHANNELS = 4096;
/** Bytes of published messages that wait for their confirm on one connection; above it the oldest leave without. */
export const MAX_UNCONFIRMED_BYTES = 8 * 1024 * 1024;
const SUCCESS = 200;

export class Calls {
  readonly #context: SessionContext;
  readonly #channels = new Map<number, Channel>();
  #unconfirmedBytes = 0;
  user: string | undefined;
  vhost: string | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  known(number: number): Channel | undefined {
    return this.#channels.get(number);
  }

  channels(): Iterable<Channel> {
    return this.#channels.values();
  }

  channel(number: number): Channel {
    let channel = this.#channels.get(number);
    if (channel !== undefined) return channel;
    if (this.#channels.size >= MAX_CHANNELS) {
      this.#context.anomaly('rabbitmq: too many channels');
      for (const old of this.#channels.values()) this.flush(old, undefined);
      this.#channels.clear();
    }
    channel = new Channel(number);
    this.#channels.set(number, channel);
    return channel;
  }

  /** A call of these halves. */
  open(channel: Channel, request: Half | undefined, response: Half | undefined): RabbitCall {
    return { channel: channel.number, vhost: this.vhost, user: this.user, request, response };
  }

  emit(call: RabbitCall): void {
    this.#context.emit(new RabbitExchange(call, this.#context.limits.maxBodyBytes));
  }

  /** What one side said by itself. */
  alone(side: Side, channel: Channel, half: Half): void {
    this.emit(side === 'client' ? this.open(channel, half, undefined) : this.open(channel, undefined, half));
  }

  /** A method, with its message if it has one, is here whole. */
  complete(side: Side, channel: Channel, half: Half, span: Span): void {
    if (side === 'client') this.#fromClient(channel, half);
    else this.#fromServer(channel, half, span);
  }

  #fromClient(channel: Channel, half: Half): void {
    const { name, fields, method } = half;
    if (method !== undefined && method.answers !== '') return this.#clientAnswers(channel, name);
    const call = this.open(channel, half, undefined);
    switch (name) {
      case 'basic.publish':
        return this.#publish(channel, call);
      case 'basic.ack':
      case 'basic.nack':
      case 'basic.reject': {
        const delivery = channel.settled(numberIn(fields, 'deliveryTag'), fields['multiple'] === true);
        if (delivery !== undefined) call.delivery = delivery;
        return this.emit(call);
      }
      case 'confirm.select':
        channel.startConfirms();
        break;
      case 'basic.consume':
        if (fields['nowait'] === true) channel.consume(textIn(fields, 'consumerTag'), half);
        break;
      case 'basic.cancel':
        channel.cancel(textIn(fields, 'consumerTag'));
        break;
    }
    if (method?.asks !== true || fields['nowait'] === true) return this.emit(call);
    if (channel.pending.length >= this.#context.limits.maxPending) {
      this.#context.anomaly('rabbitmq: too many methods wait for an answer');
      const oldest = channel.pending.shift();
      if (oldest !== undefined) this.emit(oldest);
    }
    channel.pending.push(call);
  }

  #publish(channel: Channel, call: RabbitCall): void {
    if (!channel.awaitConfirm(call)) return this.emit(call);
    this.#unconfirmedBytes += call.request?.size ?? 0;
    const { unconfirmed } = channel;
    while (unconfirmed.size > this.#context.limits.maxPending || this.#unconfirmedBytes > MAX_UNCONFIRMED_BYTES) {
      const oldest = unconfirmed.entries().next();
      if (oldest.done === true) break;
      unconfirmed.delete(oldest.value[0]);
      this.#context.anomaly('rabbitmq: too many messages wait for their confirm');
      this.#leaveUnconfirmed(oldest.value[1]);
    }
  }

  #leaveUnconfirmed(call: RabbitCall): void {
    this.#unconfirmedBytes -= call.request?.size ?? 0;
    this.emit(call);
  }

  #clientAnswers(channel: Channel, name: string): void {
    const call = channel.asked.shift();
    if (call !== undefined) {
      call.answer = name;
      this.emit(call);
    }
    if (name === 'channel.close-ok') this.#channels.delete(channel.number);
  }

  #fromServer(channel: Channel, half: Half, span: Span): void {
    const { name, fields, method } = half;
    switch (name) {
      case 'basic.deliver': {
        const call = this.open(channel, undefined, half);
        const queue = channel.deliver(half);
        if (queue !== undefined) call.queue = queue;
        return this.emit(call);
      }
      case 'basic.return': {
        const call = channel.returned(half);
        if (call === undefined) return this.alone('server', channel, half);
        call.returned = fields;
        return;
      }
      case 'basic.ack':
      case 'basic.nack':
        return this.#confirm(channel, half);
      case 'channel.close':
      case 'connection.close':
        return this.#serverCloses(channel, half);
      case 'basic.cancel':
        channel.cancel(textIn(fields, 'consumerTag'));
        break;
    }
    if (method !== undefined && method.answers !== '') return this.#serverAnswers(channel, half, span);
    const call = this.open(channel, undefined, half);
    if (method?.asks === true && fields['nowait'] !== true) channel.asked.push(call);
    else this.emit(call);
  }

  #confirm(channel: Channel, half: Half): void {
    const calls = channel.confirmed(numberIn(half.fields, 'deliveryTag'), half.fields['multiple'] === true);
    for (const call of calls) {
      call.response = half;
      this.#leaveUnconfirmed(call);
    }
    if (calls.length === 0) this.alone('server', channel, half);
  }

  #serverAnswers(channel: Channel, half: Half, span: Span): void {
    const at = channel.pending.findIndex(({ request }) => request?.name === half.method?.answers);
    const call = channel.pending[at];
    if (call === undefined) return this.alone('server', channel, half);
    channel.pending.splice(at, 1);
    call.response = half;
    if (half.name === 'basic.consume-ok' && call.request !== undefined)
      channel.consume(textIn(half.fields, 'consumerTag'), call.request);
    if (half.name === 'basic.get-ok' && call.request?.fields['noAck'] !== true) {
      const queue = textIn(call.request?.fields ?? {}, 'queue');
      channel.remember(numberIn(half.fields, 'deliveryTag'), { at: span.last, queue, fields: half.fields });
    }
    this.emit(call);
    if (half.name === 'channel.close-ok') {
      this.flush(channel, undefined);
      this.#channels.delete(channel.number);
    }
  }

  /** The close is the answer to the method that it names; all else that waits will not be answered. */
  #serverCloses(channel: Channel, half: Half): void {
    const closed = half.name === 'connection.close' ? [...this.#channels.values()] : [channel];
    let call = this.open(channel, undefined, half);
    for (const { pending } of closed) {
      const at = pending.findIndex(({ request }) => request?.name === half.fields['cause']);
      if (at < 0) continue;
      [call = call] = pending.splice(at, 1);
      call.response = half;
      break;
    }
    // It leaves when the client has answered.
    channel.asked.push(call);
    const isPlanned = numberIn(half.fields, 'replyCode') === SUCCESS;
    const failure = isPlanned ? undefined : `not answered: ${textIn(half.fields, 'replyText')}`;
    for (const other of closed) this.flush(other, failure, true);
  }

  /** What waits on a channel leaves; `keepsAsked`: the client's answers are still to come. */
  flush(channel: Channel, failure: string | undefined, keepsAsked = false): void {
    for (const call of [...channel.pending.splice(0), ...channel.confirmed(0, true)]) {
      if (failure !== undefined) call.failure = failure;
      if (call.request?.name === 'basic.publish') this.#leaveUnconfirmed(call);
      else this.emit(call);
    }
    if (!keepsAsked) for (const call of channel.asked.splice(0)) this.emit(call);
  }
}
