/**
 * Pairs what the two sides say. Channels are conversations of their own: each has its questions answered in order, and its
 * own numbers of published and of delivered messages.
 */

import type { SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Peer } from './call.ts';
import { Channel } from './channel.ts';
import { RabbitCall } from './exchange.ts';
import { type Half, numberIn, textIn } from './half.ts';
import { Route } from './names.ts';

/** Channels remembered of one connection: RabbitMQ's own limit is 2,047. */
const MAX_CHANNELS = 4096;
/** Bytes of published messages that wait for their confirm on one connection; above it the oldest leave without. */
export const MAX_UNCONFIRMED_BYTES = 8 * 1024 * 1024;
const SUCCESS = 200;

export class Calls {
  readonly #context: SessionContext;
  readonly #channels = new Map<number, Channel>();
  /** The channel looked for last: often looked for again. */
  #last: Channel | undefined;
  #unconfirmedBytes = 0;
  /** Who is connected, as far as that is known. */
  peer = new Peer(undefined, undefined);

  constructor(context: SessionContext) {
    this.#context = context;
  }

  known(number: number): Channel | undefined {
    if (this.#last?.number === number) return this.#last;
    const channel = this.#channels.get(number);
    if (channel !== undefined) this.#last = channel;
    return channel;
  }

  channels(): Iterable<Channel> {
    return this.#channels.values();
  }

  channel(number: number): Channel {
    const known = this.known(number);
    if (known !== undefined) return known;
    if (this.#channels.size >= MAX_CHANNELS) {
      this.#context.anomaly('rabbitmq: too many channels');
      for (const old of this.#channels.values()) this.flush(old, undefined);
      this.#channels.clear();
    }
    const channel = new Channel(number);
    this.#channels.set(number, channel);
    this.#last = channel;
    return channel;
  }

  #forget(channel: Channel): void {
    this.#channels.delete(channel.number);
    this.#last = undefined;
  }

  /** What was borrowed of the chunk goes away. */
  settle(): void {
    for (const channel of this.#channels.values()) channel.keep();
  }

  /** A call of these halves. */
  open(channel: Channel, request: Half | undefined, response: Half | undefined): RabbitCall {
    const call = RabbitCall.open(channel.number, this.peer, this.#context.limits.maxBodyBytes);
    call.request = request;
    call.response = response;
    return call;
  }

  /** Gives a call away, after which it is another's, with its halves; `shared`: a half that others still need. */
  emit(call: RabbitCall, shared?: Half): void {
    call.finish();
    this.#context.emit(call);
    call.release(shared);
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
    const { name, method } = half;
    if (method !== undefined && method.answers !== '') return this.#clientAnswers(channel, name);
    const call = this.open(channel, half, undefined);
    switch (name) {
      case 'basic.publish':
        return this.#publish(channel, call);
      case 'basic.ack':
      case 'basic.nack':
      case 'basic.reject':
        call.delivery = channel.settled(half.deliveryTag, half.isMultiple);
        return this.emit(call);
      case 'confirm.select':
        channel.startConfirms();
        break;
      case 'basic.consume':
        if (half.fields['nowait'] === true) channel.consume(textIn(half.fields, 'consumerTag'), half);
        break;
      case 'basic.cancel':
        channel.cancel(textIn(half.fields, 'consumerTag'));
        break;
    }
    if (method?.asks !== true || half.fields['nowait'] === true) return this.emit(call);
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

  #leaveUnconfirmed(call: RabbitCall, shared?: Half): void {
    this.#unconfirmedBytes -= call.request?.size ?? 0;
    this.emit(call, shared);
  }

  #clientAnswers(channel: Channel, name: string): void {
    const call = channel.asked.shift();
    if (call !== undefined) {
      call.answer = name;
      this.emit(call);
    }
    if (name === 'channel.close-ok') this.#forget(channel);
  }

  #fromServer(channel: Channel, half: Half, span: Span): void {
    const { name, method } = half;
    switch (name) {
      case 'basic.deliver': {
        const call = this.open(channel, undefined, half);
        call.consumer = channel.deliver(half);
        return this.emit(call);
      }
      case 'basic.return': {
        const call = channel.returned(half);
        if (call === undefined) return this.alone('server', channel, half);
        call.returned = half.fields;
        return;
      }
      case 'basic.ack':
      case 'basic.nack':
        return this.#confirm(channel, half);
      case 'channel.close':
      case 'connection.close':
        return this.#serverCloses(channel, half);
      case 'basic.cancel':
        channel.cancel(textIn(half.fields, 'consumerTag'));
        break;
    }
    if (method !== undefined && method.answers !== '') return this.#serverAnswers(channel, half, span);
    const call = this.open(channel, undefined, half);
    if (method?.asks === true && half.fields['nowait'] !== true) channel.asked.push(call);
    else this.emit(call);
  }

  #confirm(channel: Channel, half: Half): void {
    if (half.isMultiple) return this.#confirmAll(channel, half);
    const call = channel.confirmedOne(half.deliveryTag);
    if (call === undefined) return this.alone('server', channel, half);
    call.response = half;
    this.#leaveUnconfirmed(call);
  }

  #confirmAll(channel: Channel, half: Half): void {
    const calls = channel.confirmedUpTo(half.deliveryTag);
    for (const call of calls) {
      call.response = half;
      this.#leaveUnconfirmed(call, half);
    }
    if (calls.length === 0) this.alone('server', channel, half);
    else half.release();
  }

  #serverAnswers(channel: Channel, half: Half, span: Span): void {
    const at = channel.pending.findIndex(({ request }) => request?.name === half.method?.answers);
    const call = channel.pending[at];
    if (call === undefined) return this.alone('server', channel, half);
    channel.pending.splice(at, 1);
    call.response = half;
    const { request } = call;
    if (half.name === 'basic.consume-ok' && request !== undefined)
      channel.consume(textIn(half.fields, 'consumerTag'), request);
    if (half.name === 'basic.get-ok' && request?.fields['noAck'] !== true) {
      const queue = textIn(request?.fields ?? {}, 'queue');
      const { deliveryTag: tag, fields } = half;
      const route = new Route(textIn(fields, 'exchange'), textIn(fields, 'routingKey'));
      channel.remember(tag, { at: span.last, tag, isRedelivered: false, route, consumer: undefined, queue, fields });
    }
    const isClosed = half.name === 'channel.close-ok';
    this.emit(call);
    if (isClosed) {
      this.flush(channel, undefined);
      this.#forget(channel);
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
    for (const call of [...channel.pending.splice(0), ...channel.confirmedUpTo(0)]) {
      if (failure !== undefined) call.failure = failure;
      if (call.request?.name === 'basic.publish') this.#leaveUnconfirmed(call);
      else this.emit(call);
    }
    if (!keepsAsked) for (const call of channel.asked.splice(0)) this.emit(call);
  }
}
