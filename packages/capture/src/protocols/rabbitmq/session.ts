/** Puts frames together into methods with their messages: several frames make one, and channels mix theirs. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Peer } from './call.ts';
import { Calls } from './calls.ts';
import type { RabbitCall } from './exchange.ts';
import { Half } from './half.ts';
import { LoginSteps } from './login.ts';
import {
  BODY,
  type Frame,
  HEADER,
  HEARTBEAT,
  isProtocolHeader,
  METHOD,
  PROTOCOL_HEADER_BYTES,
  readFrame,
  startsWith,
  versionOf,
} from './wire.ts';

interface OpenFrame {
  readonly type: number;
  readonly channel: number;
  left: number;
}

export class RabbitSession implements Session<Frame> {
  readonly #context: SessionContext;
  readonly #calls: Calls;
  /** Frames of which the rest is still to come. */
  readonly #open: Record<Side, OpenFrame | undefined> = { client: undefined, server: undefined };
  #login: LoginSteps | undefined;
  /** AMQP 1.0: the same port and the same first letters, another protocol. */
  #foreign: RabbitCall | 'told' | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#calls = new Calls(context);
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<Frame> {
    if (this.#foreign !== undefined) return this.#readForeign(side, bytes, offset, end);
    return readFrame(bytes, offset, this.#open[side]?.left ?? 0, end);
  }

  /** Of AMQP 1.0 nothing is read but that it is there, and the header the server answers with. */
  #readForeign(side: Side, bytes: Uint8Array, offset: number, end: number): Parsed<Frame> {
    const missing = offset + PROTOCOL_HEADER_BYTES - end;
    if (side === 'server' && this.#foreign !== 'told' && missing > 0) return { kind: 'more', atLeast: missing };
    return readFrame(bytes, offset, end - offset + 1, end);
  }

  message(side: Side, frame: Frame, span: Span): void {
    if (frame.kind === 'header') return this.#protocolHeader(side, frame, span);
    if (this.#foreign !== undefined) return this.#strange(side, frame, span);
    let { type, channel } = frame;
    if (frame.kind === 'rest') {
      const open = this.#open[side];
      if (open === undefined) return;
      ({ type, channel } = open);
      open.left = frame.left;
      if (frame.left === 0) this.#open[side] = undefined;
    } else if (frame.left > 0) this.#open[side] = { type, channel, left: frame.left };
    if (type === HEARTBEAT) return;
    if (type === METHOD) return this.#methodFrame(side, channel, frame, span);
    const half = this.#calls.known(channel)?.open[side];
    // What belongs to a method before the capture began says nothing alone.
    if (half === undefined) return;
    half.size += frame.size;
    half.end = span.last;
    if (type === HEADER && frame.kind === 'frame') half.announce(frame, this.#borrows());
    else if (type === BODY && half.hasMessage) half.take(frame, this.#context.limits.maxBodyBytes, this.#borrows());
    if (frame.left > 0 || !half.isWhole) return;
    const owner = this.#calls.channel(channel);
    owner.open[side] = undefined;
    this.#calls.complete(side, owner, half, span);
  }

  /** What was borrowed of the chunk goes away. */
  settle(): void {
    this.#calls.settle();
  }

  #borrows(): boolean {
    return this.#context.borrow?.() ?? false;
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const open = this.#open[side];
    if (open !== undefined && length < open.left) {
      open.left -= length;
      const half = this.#calls.known(open.channel)?.open[side];
      if (half !== undefined) {
        half.gap += length;
        if (open.type === BODY && half.hasMessage) half.lose(length);
      }
      return 'absorbed';
    }
    this.#open[side] = undefined;
    for (const channel of this.#calls.channels()) {
      const half = channel.open[side];
      channel.open[side] = undefined;
      if (half !== undefined) {
        half.gap += length;
        this.#calls.alone(side, channel, half);
      }
      if (side === 'client') channel.loseCount();
      // Which answers are missing is not known: what waits leaves as it is.
      this.#calls.flush(channel, undefined);
    }
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) {
      const isBoundary = at === offset || bytes[at - 1] === 0xce;
      if (isBoundary && startsWith(bytes, at, side) === 'yes') return at;
    }
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    if (this.#foreign !== undefined && this.#foreign !== 'told') this.#calls.emit(this.#foreign);
    this.#endLogin(isFailure ? 'the connection ended before it was open' : undefined);
    for (const channel of this.#calls.channels()) {
      for (const side of ['client', 'server'] as const) {
        const half = channel.open[side];
        if (half !== undefined) this.#calls.alone(side, channel, half);
      }
      this.#calls.flush(channel, isFailure ? 'the connection ended before the answer' : undefined);
    }
  }

  #protocolHeader(side: Side, frame: Frame, span: Span): void {
    const version = versionOf(frame.bytes, frame.start);
    if (version === '1.0' && side === 'client' && this.#login === undefined) {
      const half = Half.named('AMQP 1.0', span);
      half.size = frame.size;
      this.#foreign = this.#calls.open(this.#calls.channel(0), half, undefined);
      return;
    }
    this.#login ??= new LoginSteps();
    this.#login.header(side, frame.size, span);
    // A server that answers with a header of its own speaks only that version, and hangs up (§2.2.4).
    if (side === 'server') this.#endLogin(`the server speaks AMQP ${version}`);
  }

  /** The server's first bytes complete what is told of AMQP 1.0. */
  #strange(side: Side, frame: Frame, span: Span): void {
    const call = this.#foreign;
    if (side !== 'server' || call === undefined || call === 'told') return;
    call.response = Half.named('AMQP 1.0', span);
    call.response.size = frame.size;
    if (isProtocolHeader(frame.bytes, frame.start, frame.end) === 'yes') {
      const version = versionOf(frame.bytes, frame.start);
      if (version !== '1.0') call.failure = `the server speaks AMQP ${version}`;
    }
    this.#foreign = 'told';
    this.#calls.emit(call);
  }

  #methodFrame(side: Side, number: number, frame: Frame, span: Span): void {
    if (frame.kind !== 'frame') return;
    const half = Half.of(frame, span, this.#borrows());
    const isLogin =
      half.method?.isLogin === true ||
      (this.#login !== undefined && half.name === 'connection.close' && side === 'server');
    if (isLogin) return this.#loginStep(side, half, frame, span);
    const channel = this.#calls.channel(number);
    const unfinished = channel.open[side];
    if (unfinished !== undefined) {
      channel.open[side] = undefined;
      unfinished.isShort = true;
      this.#context.anomaly('rabbitmq: a message without its end');
      this.#calls.alone(side, channel, unfinished);
    }
    if (half.method?.hasContent === true) channel.open[side] = half;
    else this.#calls.complete(side, channel, half, span);
  }

  #loginStep(side: Side, half: Half, frame: Frame, span: Span): void {
    this.#login ??= new LoginSteps();
    const isLast = this.#login.step(side, half, frame, span);
    half.release();
    const { user, vhost } = this.#login;
    this.#calls.peer = new Peer(vhost, user);
    if (isLast) this.#endLogin(undefined);
  }

  #endLogin(failure: string | undefined): void {
    if (this.#login === undefined) return;
    const call = this.#calls.open(this.#calls.channel(0), undefined, undefined);
    this.#login.fill(call);
    this.#login = undefined;
    if (failure !== undefined) call.failure = failure;
    this.#calls.emit(call);
  }
}
