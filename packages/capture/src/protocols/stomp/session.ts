/** Pairs frames that ask for a receipt with it, a login with its answer; what needs no answer leaves at once. */

import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { type CallFacts, type Delivery, type Half, headerIn, openHalf, type Peers } from './call.ts';
import { StompExchange } from './describe.ts';
import { type OpenFrame, readStomp, type StompMessage, startsWithFrame } from './wire.ts';

/** Deliveries remembered until they are acknowledged: more than any sensible prefetch. */
export const MAX_DELIVERIES = 2048;
/** Subscriptions remembered of one connection. */
const MAX_SUBSCRIPTIONS = 1024;

const isLogin = ({ command }: Half): boolean => command === 'CONNECT' || command === 'STOMP';

export class StompSession implements Session<StompMessage> {
  readonly #context: SessionContext;
  /** The frame of each side whose body is being read. */
  readonly #open: Record<Side, { readonly half: Half; readonly frame: OpenFrame } | undefined> = {
    client: undefined,
    server: undefined,
  };
  #connecting: Half | undefined;
  /** Frames by the receipt they asked for, oldest first. */
  readonly #pending = new Map<string, Half>();
  readonly #deliveries = new Map<string, Delivery>();
  readonly #subscriptions = new Map<string, string>();
  #peers: Peers = {};

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(side: Side, bytes: Uint8Array, offset: number, end = bytes.length): Parsed<StompMessage> {
    return readStomp(side, bytes, offset, { open: this.#open[side]?.frame, end });
  }

  message(side: Side, message: StompMessage, span: Span): void {
    switch (message.kind) {
      case 'heart-beat':
        return;
      case 'frame': {
        const { command, headers, size, isCut } = message;
        const half = openHalf(command, headers, { size, isCut, limit: this.#context.limits.maxBodyBytes }, span);
        this.#open[side] = { half, frame: message.open };
        return;
      }
      case 'body': {
        const half = this.#open[side]?.half;
        if (half === undefined) return;
        half.body.append(message.bytes, message);
        half.size += message.size;
        half.end = span.last;
        this.#open[side] = message.isLast ? undefined : { half, frame: message.open };
        if (message.isLast) this.#take(side, half);
      }
    }
  }

  gap(side: Side, length: number): 'absorbed' | 'lost' {
    const open = this.#open[side];
    if (open === undefined) return 'lost';
    const { half, frame } = open;
    half.gap += length;
    if (frame.left !== undefined && length < frame.left) {
      half.body.skip(length);
      this.#open[side] = { half, frame: { left: frame.left - length } };
      return 'absorbed';
    }
    this.#open[side] = undefined;
    half.isCut = true;
    this.#take(side, half);
    return 'lost';
  }

  resync(side: Side, bytes: Uint8Array, offset: number): number {
    for (let at = offset; at < bytes.length; at++) if (startsWithFrame(bytes, at, side) === 'yes') return at;
    return -1;
  }

  close(_at: number, reason: CloseReason): void {
    for (const side of ['client', 'server'] as const) {
      const half = this.#open[side]?.half;
      this.#open[side] = undefined;
      if (half === undefined) continue;
      half.isCut = true;
      this.#take(side, half);
    }
    const isFailure = reason === 'fin' || reason === 'reset' || reason === 'timeout';
    const missing = isFailure ? 'the connection ended before the answer' : undefined;
    if (this.#connecting !== undefined) this.#emit({ request: this.#connecting, missing });
    this.#connecting = undefined;
    for (const half of this.#pending.values()) this.#emit({ request: half, missing });
    this.#pending.clear();
  }

  #take(side: Side, half: Half): void {
    if (side === 'client') this.#fromClient(half);
    else this.#fromServer(half);
  }

  #fromClient(half: Half): void {
    if (isLogin(half)) {
      const user = headerIn(half, 'login');
      this.#peers = user === undefined ? {} : { user };
      if (this.#connecting !== undefined) this.#emit({ request: this.#connecting });
      this.#connecting = half;
      return;
    }
    const receipt = headerIn(half, 'receipt');
    if (receipt === undefined) return this.#emit(this.#about(half));
    const before = this.#pending.get(receipt);
    if (before !== undefined) this.#emit(this.#about(before));
    else if (this.#pending.size >= this.#context.limits.maxPending) {
      const [oldest] = this.#pending;
      this.#context.anomaly('stomp: too many frames wait for a receipt');
      if (oldest !== undefined) {
        this.#pending.delete(oldest[0]);
        this.#emit(this.#about(oldest[1]));
      }
    }
    this.#pending.delete(receipt);
    this.#pending.set(receipt, half);
  }

  /** What other frames told of what this one names. */
  #about(half: Half): Omit<CallFacts, 'peers'> {
    const id = headerIn(half, 'id') ?? '';
    switch (half.command) {
      case 'SUBSCRIBE':
        if (this.#subscriptions.size < MAX_SUBSCRIPTIONS)
          this.#subscriptions.set(id, headerIn(half, 'destination') ?? '');
        return { request: half };
      case 'UNSUBSCRIBE': {
        const destination = this.#subscriptions.get(id);
        this.#subscriptions.delete(id);
        return { request: half, destination };
      }
      case 'ACK':
      case 'NACK': {
        // Before 1.2 the message's own id is acknowledged.
        const key = headerIn(half, 'message-id') ?? id;
        const delivery = this.#deliveries.get(key);
        this.#deliveries.delete(key);
        return { request: half, delivery };
      }
      default:
        return { request: half };
    }
  }

  #fromServer(half: Half): void {
    switch (half.command) {
      case 'CONNECTED':
        this.#peers = {
          ...this.#peers,
          ...named('server', headerIn(half, 'server')),
          version: headerIn(half, 'version') ?? '1.0',
        };
        return this.#loggedIn(half);
      case 'MESSAGE':
        this.#remember(half);
        return this.#emit({
          response: half,
          destination: this.#subscriptions.get(headerIn(half, 'subscription') ?? ''),
        });
      case 'RECEIPT':
        return this.#answered(half);
      default:
        // An error that names no frame is about the login, while there is one.
        if (this.#connecting !== undefined && headerIn(half, 'receipt-id') === undefined) return this.#loggedIn(half);
        return this.#answered(half);
    }
  }

  #loggedIn(response: Half): void {
    const request = this.#connecting;
    this.#connecting = undefined;
    this.#emit({ request, response });
  }

  #answered(response: Half): void {
    const receipt = headerIn(response, 'receipt-id') ?? '';
    const request = this.#pending.get(receipt);
    this.#pending.delete(receipt);
    this.#emit(request === undefined ? { response } : { ...this.#about(request), response });
  }

  #remember(half: Half): void {
    const id = headerIn(half, 'ack') ?? headerIn(half, 'message-id');
    if (id === undefined) return;
    const oldest = this.#deliveries.keys().next();
    if (this.#deliveries.size >= MAX_DELIVERIES && oldest.done !== true) this.#deliveries.delete(oldest.value);
    this.#deliveries.set(id, { destination: headerIn(half, 'destination') ?? '', at: half.end });
  }

  #emit(call: Omit<CallFacts, 'peers'>): void {
    this.#context.emit(new StompExchange({ ...call, peers: this.#peers }, this.#context.limits.maxBodyBytes));
  }
}

const named = (name: 'server', value: string | undefined) => (value === undefined ? {} : { [name]: value });
