/**
 * The contract between the dissect engine and a protocol.
 *
 * The engine owns buffers, the reading loop, timestamps, limits and containment: a session that throws or does not
 * advance costs its own stream and is counted. A session owns what the bytes mean.
 */

import type { JsonObject, Micros, Millis, ProtocolId, Request, Response, TlsFacts } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import type { NameTable } from '../names/name-table.ts';
import type { KeyStore } from '../tls/key-store.ts';
import type { CallGroup } from './call-group.ts';

/** What a stream came over. */
export type Transport = 'tcp' | 'udp' | 'icmp' | 'sctp';

/** Who sent the bytes. */
export type Side = 'client' | 'server';

export type Parsed<M> =
  /** `end` is the offset after the message and must be greater than the offset asked for. */
  | { readonly kind: 'done'; readonly value: M; readonly end: number }
  /** Come back with at least this many more bytes. */
  | { readonly kind: 'more'; readonly atLeast: number }
  /** This stream is not, or no longer, of this protocol. */
  | { readonly kind: 'bad'; readonly fault: string; readonly at: number };

/** When a message was on the wire. The engine reuses the object: copy the numbers. */
export interface Span {
  /** Time of the packet with the message's first byte. */
  readonly first: Micros;
  /** Time of the packet with its last byte. */
  readonly last: Micros;
}

/** What a call looks like to people; made only when something reads it. */
export interface Description {
  /** Most specific first: `['graphql', 'http2', 'http']`. */
  readonly protocols: readonly ProtocolId[];
  readonly method: string;
  readonly endpoint: string;
  readonly summary: string;
  readonly errorText?: string;
  readonly request: Request | null;
  readonly response: Response | null;
  readonly traceId?: string;
  /** Objects to stand beside the common keys, by protocol: `{ redis: { command: 'GET', … } }`. */
  readonly data?: Readonly<Record<string, JsonObject>>;
}

/**
 * A description that is written rather than made: for protocols of which many calls are printed. The text must be what
 * `JSON.stringify` gives of `describe()`; what would be hard to write so refuses, and `describe` is asked after all. Texts are
 * written once each, in this order; what the call failed with and its trace are asked for when both halves are written.
 */
export interface WrittenDescription {
  readonly protocols: readonly ProtocolId[];
  readonly method: string;
  readonly endpoint: string;
  readonly errorText: string | undefined;
  readonly traceId: string | undefined;
  /** An object or `null`, here and below. */
  writeRequest(json: JsonWriter): void;
  writeResponse(json: JsonWriter): void;
  writeSummary(json: JsonWriter): void;
  /** What stands beside the common keys, a comma before each key. */
  writeData(json: JsonWriter): void;
  /** All from `request` to `latency` at once, a comma before each key, for those who keep it in fewer pieces. */
  writeMiddle?(json: JsonWriter): void;
}

/**
 * A finished call: a few numbers at once, everything else on demand. The numbers must be cheap: they are read for every
 * call, `describe` only for those that are shown, filtered by text, stored or shipped.
 */
export interface Exchange {
  readonly protocol: ProtocolId;
  /** First and last byte of each half; null when that half was not seen. */
  readonly requestStart: Micros | null;
  readonly requestEnd: Micros | null;
  readonly responseStart: Micros | null;
  readonly responseEnd: Micros | null;
  /** Bytes of each half on the wire; 0 when not seen. */
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | string | null;
  readonly error: boolean;
  /** Bytes lost inside the call. */
  readonly gap: number;
  /** A body or value was cut at a limit. */
  readonly truncated: boolean;
  /**
   * The same as `describe().endpoint`, for statistics that read it of every call. Worth writing only where it can be had
   * without making strings (interned); absent, `describe` is asked.
   */
  endpoint?(): string;
  /** What has the same endpoint: one object for all its calls of this protocol. Null where only `endpoint` knows. */
  group?(): CallGroup | null;
  describe(): Description;
  /** The same to be written as JSON; null where only `describe` knows. One object may be reused for all calls. */
  written?(): WrittenDescription | null;
}

/** Limits a session must keep to; every number is in bytes or counts, see limits.ts for the reasons. */
export interface SessionLimits {
  /** Body bytes kept of each half of a call (`tap.maxCapturedSize`). */
  readonly maxBodyBytes: number;
  /** Calls waiting for their response on one stream. */
  readonly maxPending: number;
}

/** Why a stream ended for a session; `upgrade`: it goes on in another protocol. */
export type CloseReason = 'fin' | 'reset' | 'timeout' | 'evicted' | 'end-of-capture' | 'fault' | 'upgrade';

/** What a session may ask of the engine. */
export interface SessionContext {
  readonly limits: SessionLimits;
  readonly transport: Transport;
  readonly ipVersion: 4 | 6;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Set when these bytes were decrypted. */
  readonly alpn?: string;
  /** True when the stream's beginning was not captured: tables negotiated before are unknown. */
  readonly midStream: boolean;
  /** What opens encrypted connections; empty when no key is known. */
  readonly keys: KeyStore;
  /** Takes names of addresses that protocols tell: they become names of endpoints. */
  readonly names: NameTable;
  /**
   * May the bytes of the message being taken be kept as they lie? True: until `settle`, which is then called. False: they
   * are overwritten sooner, and only copies may be kept (so it is where there is no engine to ask). Most calls are over before their bytes are, and never copied.
   */
  borrow?(): boolean;
  /** A call is complete, or as complete as it will be. It is looked at during the call, and not kept. */
  emit(exchange: Exchange): void;
  /** Odd but readable: shown on the next call, counted by name. */
  anomaly(fault: string): void;
  /** Hands both directions, from after the messages read so far, to another protocol. Answers whether that one is read. */
  upgrade(to: ProtocolId | 'unknown', options?: UpgradeOptions): boolean;
  /** Opens a stream that is carried inside this one (decrypted, tunnelled): recognised and read like any other. */
  carry(options: CarryOptions): CarriedStream;
  /**
   * What TLS told of the connection: stands in `connection.tls` of every later call on it, carried ones included, and
   * how long its handshake took, once that is known.
   */
  tls(facts: TlsFacts, handshakeMicros?: Micros | null): void;
}

export interface CarryOptions {
  /** Set when known without looking; otherwise content decides. */
  readonly protocol?: ProtocolId;
  readonly alpn?: string;
  /** True when the carried stream's beginning was not seen. */
  readonly midStream: boolean;
}

/** Takes the bytes of a carried stream; they get the time of the packet being read. Closed with its carrier. */
export interface CarriedStream {
  data(side: Side, bytes: Uint8Array): void;
  gap(side: Side, length: number): void;
}

export interface UpgradeOptions {
  /** Negotiated by the protocol before, understood by the one after: `Sec-WebSocket-Extensions`, `HTTP2-Settings`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The call that asked for the upgrade, for protocols whose messages belong to it. */
  readonly origin?: Exchange;
}

export interface Session<M = unknown> {
  /**
   * Reads one message at `offset`. May look at what the session knows, changes nothing: it is asked again with the same
   * bytes after `more`. `bytes` is a view that is valid during the call and the `message` that follows it. Large things
   * (bodies) are read as parts, so that they never wait in a buffer. The result may be one reused object. `end` is
   * `bytes.length` but for a dissector that reads {@link Dissector.inPlace}.
   */
  read(side: Side, bytes: Uint8Array, offset: number, end?: number): Parsed<M>;
  /** Takes the message just read; keeps copies, never views, unless {@link SessionContext.borrow} allows it. */
  message(side: Side, message: M, span: Span): void;
  /**
   * `length` bytes of this side are lost. `absorbed`: they lie inside something being skipped or cut (a body of known
   * length), reading goes on after them. `lost`: the engine asks `resync` for the next boundary.
   */
  gap(side: Side, length: number, at: Micros): 'absorbed' | 'lost';
  /** Offset of the next message that plausibly begins in `bytes`, or -1. */
  resync(side: Side, bytes: Uint8Array, offset: number): number;
  /** What still waits leaves as incomplete. */
  close(at: Micros, reason: CloseReason): void;
  /** What was borrowed goes away now: what is still wanted of it is copied. */
  settle?(): void;
  /** Bytes kept of calls that are not over, beside bodies (`http/open-contents.ts`): asked behind `settle`, they count as bytes that wait. */
  heldBytes?(): number;
}

/** What a reader of lookups may ask of the engine; `emit` gives a call to the conversation being read. */
export type LookupContext = Pick<SessionContext, 'limits' | 'transport' | 'names' | 'borrow' | 'emit'>;

/**
 * Reads the datagrams of all conversations with servers, where each is over after a question or two and there are very many: a
 * session, or any object, for each would cost more than what it reads. `W` is what waits in one conversation.
 */
export interface LookupReader<M = unknown, W extends object = object> {
  /** The message that `bytes[start, end)` is, or null; valid until the next is read. */
  read(bytes: Uint8Array, start: number, end: number): M | null;
  /** Is this surely the first message of a conversation, seen alone? If not, recognition decides. */
  opens(message: M, side: Side): boolean;
  /** Takes the message just read in a conversation where `waiting` waits; answers what waits in it then. */
  take(message: M, span: Span, waiting: W | null): W | null;
  /** The conversation is over. */
  close(waiting: W, reason: CloseReason): void;
  /** What was borrowed goes away now. */
  settle(): void;
}

/** How a dissector reads lookups. */
export interface Lookups<M = unknown, W extends object = object> {
  /** Of the servers; those that were recognised at ports which suggest nothing are read so too. */
  readonly ports: readonly number[];
  open(context: LookupContext): LookupReader<M, W>;
  /** A session of its own for a conversation after all: something came that only a stream can deal with. */
  goOn(context: SessionContext, waiting: W | null): Session<M>;
}

export interface Dissector<M = unknown, W extends object = object> {
  /** A row of model's catalogue: name, badge, ports, fields. */
  readonly id: ProtocolId;
  readonly transports: readonly Transport[];
  /**
   * Does this look like the first bytes `side` would send, or a message boundary of it mid-stream? Content decides; ports
   * only order the asking. `more` while the sample is too short to say.
   */
  probe(sample: Uint8Array, side: Side): 'yes' | 'no' | 'more';
  /**
   * Its sessions keep to `end` in `read`: they are shown packets where they lie in the chunk, and what waits where it waits. For
   * others a view is made of each, which costs more than reading a small message.
   */
  readonly inPlace?: true;
  /** Datagrams only: silent for so long, a conversation is over and what waits is given up; shorter than the engine's limit. */
  readonly idleMicros?: Micros;
  open(context: SessionContext, upgrade?: UpgradeOptions): Session<M>;
  /** Datagrams only: conversations that are read without a session each. */
  readonly lookups?: Lookups<M, W>;
}

/** Latency of an exchange in ms, when both halves were seen. */
export function latencyOf(exchange: Exchange): Millis | null {
  if (exchange.requestStart === null || exchange.responseEnd === null) return null;
  return Math.max(0, exchange.responseEnd - exchange.requestStart) / 1000;
}
