/** Pairs frames that ask for a receipt with it, a login with its answer; what needs no answer leaves at once. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { type Context, type Delivery, destinationIn, Peers } from './call.ts';
import { type Destination, destinationOf } from './destination.ts';
import { StompCall } from './exchange.ts';
import { Frame } from './frame.ts';
import { Role } from './headers.ts';
import { type BodyPiece, type OpenFrame, readStomp, type StompMessage, startsWithFrame } from './wire.ts';

/** Deliveries remembered until they are acknowledged: more than any sensible prefetch. */
export const MAX_DELIVERIES = 2048;
/** Subscriptions remembered of one connection. */
const MAX_SUBSCRIPTIONS = 1024;

/** What is asked to be read, and of which frame. */
interface Expected {
  open: OpenFrame | undefined;
  end: number;
  frame: Frame;
}

export class StompSession implements Session<StompMessage> {
  readonly #context: SessionContext;
  /** The frame of each side whose body is being read. */
  readonly #open: Record<Side, { readonly frame: Frame; readonly open: OpenFrame } | undefined> = {
    client: undefined,
    server: undefined,
  };
  readonly #expected: Expected = { open: undefined, end: 0, frame: Frame.take() };
  #connecting: Frame | undefined;
  /** Frames by the receipt they asked for, oldest first. */
  readonly #pending = new Map<string, Frame>();
  readonly #deliveries = new Map<string, Delivery>();
  readonly #subscriptions = new Map<string, Destination>();
  #peers = new Peers();

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<StompMessage> {
    this.#expected.open = this.#open[side]?.open;
    this.#expected.end = end;
    return readStomp(side, bytes, offset, this.#expected);
  }

  message(side: Side, message: StompMessage, span: Span): void {
    switch (message.kind) {
      case 'heart-beat':
        return;
      case 'whole': {
        const frame = this.#begin(message.size, span);
        this.#append(frame, message);
        return this.#take(side, frame);
      }
      case 'head':
        this.#open[side] = { frame: this.#begin(message.size, span), open: message.open };
        return;
      case 'body': {
        const frame = this.#open[side]?.frame;
        if (frame === undefined) return;
        this.#append(frame, message);
        frame.size += message.size;
        frame.end = span.last;
        this.#open[side] = message.isLast ? undefined : { frame, open: message.open };
        if (message.isLast) this.#take(side, frame);
      }
    }
  }

  /** What was borrowed of the chunk goes away. */
  settle(): void {
    this.#open.client?.frame.keep();
    this.#open.server?.frame.keep();
    this.#connecting?.keep();
    for (const frame of this.#pending.values()) frame.keep();
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const known = this.#open[side];
    if (known === undefined) return 'lost';
    const { frame, open } = known;
    frame.gap += length;
    if (open.left !== undefined && length < open.left) {
      frame.body.skip(length);
      this.#open[side] = { frame, open: { left: open.left - length } };
      return 'absorbed';
    }
    this.#open[side] = undefined;
    frame.isCut = true;
    this.#take(side, frame);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (startsWithFrame(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) {
      const frame = this.#open[side]?.frame;
      this.#open[side] = undefined;
      if (frame === undefined) continue;
      frame.isCut = true;
      this.#take(side, frame);
    }
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    const missing = isFailure ? 'the connection ended before the answer' : undefined;
    if (this.#connecting !== undefined) this.#emit(this.#connecting, undefined, { peers: this.#peers, missing });
    this.#connecting = undefined;
    for (const frame of this.#pending.values()) this.#emit(frame, undefined, { peers: this.#peers, missing });
    this.#pending.clear();
  }

  /** The frame that was read; the next will fill another. */
  #begin(size: number, span: Span): Frame {
    const { frame } = this.#expected;
    this.#expected.frame = Frame.take();
    frame.open(span, size, this.#context.limits.maxBodyBytes, this.#borrows());
    return frame;
  }

  #append({ body }: Frame, { bytes, start, end }: BodyPiece): void {
    if (end > start) body.append(bytes, { start, end, isBorrowed: this.#borrows() });
  }

  #borrows(): boolean {
    return this.#context.borrow?.() ?? false;
  }

  #take(side: Side, frame: Frame): void {
    if (side === 'client') this.#fromClient(frame);
    else this.#fromServer(frame);
  }

  #fromClient(frame: Frame): void {
    if (frame.command.isLogin) {
      if (this.#connecting !== undefined) this.#emit(this.#connecting, undefined, { peers: this.#peers });
      this.#peers = new Peers(frame.textOf(Role.LOGIN));
      this.#connecting = frame;
      return;
    }
    const receipt = frame.textOf(Role.RECEIPT);
    if (receipt === undefined) return this.#emit(frame, undefined, this.#about(frame));
    const before = this.#pending.get(receipt);
    if (before !== undefined) {
      this.#pending.delete(receipt);
      this.#emit(before, undefined, this.#about(before));
    } else if (this.#pending.size >= this.#context.limits.maxPending) {
      const [oldest] = this.#pending;
      this.#context.anomaly('stomp: too many frames wait for a receipt');
      if (oldest !== undefined) {
        this.#pending.delete(oldest[0]);
        this.#emit(oldest[1], undefined, this.#about(oldest[1]));
      }
    }
    this.#pending.set(receipt, frame);
  }

  /** What other frames told of what this one names. */
  #about(frame: Frame): Context {
    const peers = this.#peers;
    switch (frame.command.name) {
      case 'SUBSCRIBE':
        if (this.#subscriptions.size < MAX_SUBSCRIPTIONS)
          this.#subscriptions.set(frame.textOf(Role.ID) ?? '', destinationIn(frame) ?? destinationOf(''));
        return { peers };
      case 'UNSUBSCRIBE': {
        const id = frame.textOf(Role.ID) ?? '';
        const destination = this.#subscriptions.get(id);
        this.#subscriptions.delete(id);
        return { peers, destination };
      }
      case 'ACK':
      case 'NACK': {
        // Before 1.2 the message's own id is acknowledged.
        const key = frame.textOf(Role.MESSAGE_ID) ?? frame.textOf(Role.ID) ?? '';
        const delivery = this.#deliveries.get(key);
        this.#deliveries.delete(key);
        return { peers, delivery };
      }
      default:
        return { peers };
    }
  }

  #fromServer(frame: Frame): void {
    switch (frame.command.name) {
      case 'CONNECTED':
        this.#peers = new Peers(
          this.#peers.told.user,
          frame.textOf(Role.SERVER) ?? this.#peers.told.server,
          frame.textOf(Role.VERSION) ?? '1.0',
        );
        return this.#loggedIn(frame);
      case 'MESSAGE': {
        const told = destinationIn(frame);
        this.#remember(frame, told);
        const destination = told ?? this.#subscriptions.get(frame.textOf(Role.SUBSCRIPTION) ?? '');
        return this.#emit(undefined, frame, { peers: this.#peers, destination });
      }
      case 'RECEIPT':
        return this.#answered(frame);
      default:
        // An error that names no frame is about the login, while there is one.
        if (this.#connecting !== undefined && frame.find(Role.RECEIPT_ID) < 0) return this.#loggedIn(frame);
        return this.#answered(frame);
    }
  }

  #loggedIn(response: Frame): void {
    const request = this.#connecting;
    this.#connecting = undefined;
    this.#emit(request, response, { peers: this.#peers });
  }

  #answered(response: Frame): void {
    const receipt = response.textOf(Role.RECEIPT_ID) ?? '';
    const request = this.#pending.get(receipt);
    this.#pending.delete(receipt);
    this.#emit(request, response, request === undefined ? { peers: this.#peers } : this.#about(request));
  }

  #remember(frame: Frame, destination: Destination | undefined): void {
    const id = frame.textOf(Role.ACK) ?? frame.textOf(Role.MESSAGE_ID);
    if (id === undefined) return;
    const oldest = this.#deliveries.keys().next();
    if (this.#deliveries.size >= MAX_DELIVERIES && oldest.done !== true) this.#deliveries.delete(oldest.value);
    this.#deliveries.set(id, { destination: destination ?? destinationOf(''), at: frame.end });
  }

  #emit(request: Frame | undefined, response: Frame | undefined, context: Context): void {
    const call = StompCall.take();
    call.begin(request, response, context, this.#context.limits.maxBodyBytes);
    this.#context.emit(call);
    call.release();
  }
}
