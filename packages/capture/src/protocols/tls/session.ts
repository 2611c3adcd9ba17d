/** Follows a TLS connection; opens it when keys are known and hands the plaintext to whatever speaks inside. */

import type { Micros } from '@kubeshark/model';
import type {
  CarriedStream,
  CloseReason,
  Parsed,
  Session,
  SessionContext,
  Side,
  Span,
} from '../../dissect/dissector.ts';
import { ConnectionKeys } from '../../tls/connection-keys.ts';
import { parseClientHello, parseEncryptedExtensions, parseServerHello } from '../../tls/hello.ts';
import { TLS13 } from '../../tls/key-schedule.ts';
import { TlsConnection } from './describe.ts';
import { Handshake } from './handshake.ts';
import { HeldRecords } from './held-records.ts';
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  findRecord,
  HANDSHAKE,
  HandshakeAssembler,
  type HandshakeMessage,
  HEADER_BYTES,
  parseRecord,
  type TlsRecord,
} from './wire.ts';

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const NEW_SESSION_TICKET = 4;
const END_OF_EARLY_DATA = 5;
const ENCRYPTED_EXTENSIONS = 8;
const CERTIFICATE = 11;
const CLIENT_KEY_EXCHANGE = 16;
const FINISHED = 20;
const KEY_UPDATE = 24;

export class TlsSession implements Session<TlsRecord> {
  readonly #context: SessionContext;
  readonly #handshake = new Handshake();
  readonly #keys: ConnectionKeys;
  readonly #held: HeldRecords;
  readonly #assemblers = { client: new HandshakeAssembler(), server: new HandshakeAssembler() };
  readonly #sealed = { client: false, server: false };
  readonly #bytes = { client: 0, server: 0 };
  readonly #times: { first: Record<Side, Micros | null>; last: Record<Side, Micros | null> } = {
    first: { client: null, server: null },
    last: { client: null, server: null },
  };
  #carried: CarriedStream | null = null;
  #opened = false;
  #gap = 0;
  #reason: string | null = null;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#keys = new ConnectionKeys(context.keys);
    this.#held = new HeldRecords(context.keys);
  }

  read(_side: Side, bytes: Uint8Array, offset: number): Parsed<TlsRecord> {
    return parseRecord(bytes, offset);
  }

  message(side: Side, record: TlsRecord, span: Span): void {
    this.#bytes[side] += HEADER_BYTES + record.fragment.length;
    this.#times.first[side] ??= span.first;
    this.#times.last[side] = span.last;
    if (this.#isSealed(side, record)) {
      this.#sealedHandshake(side, record.fragment.length, span.last);
      this.#sealedRecord(side, record);
      return;
    }
    if (record.type === CHANGE_CIPHER_SPEC) this.#changeCipherSpec(side);
    else this.#content(side, record.type, record.fragment, span);
    // A ServerHello may be what early data has been waiting for.
    this.#retryHeld();
  }

  #sealedHandshake(side: Side, size: number, at: Micros): void {
    if (this.#handshake.completeAt !== null) return;
    this.#handshake.sealedRecord(side, size, at);
    if (this.#handshake.micros !== null) this.#publish();
  }

  /** Up to TLS 1.2 everything after ChangeCipherSpec is sealed; in TLS 1.3 all that looks like application data. */
  #isSealed(side: Side, record: TlsRecord): boolean {
    if (record.type === CHANGE_CIPHER_SPEC) return false;
    return record.type === APPLICATION_DATA || this.#sealed[side];
  }

  #changeCipherSpec(side: Side): void {
    // TLS 1.3 sends it only to look like TLS 1.2 (RFC 8446 §D.4), the client maybe before the version is known.
    if (this.#handshake.server === null || this.#handshake.server.version === TLS13) return;
    this.#sealed[side] = true;
    this.#assemblers[side].reset();
    this.#keys.changeCipherSpec(side);
  }

  #sealedRecord(side: Side, record: TlsRecord): void {
    this.#retryHeld();
    if (this.#held.isEmpty) {
      if (this.#open(side, record)) return;
      if (!this.#held.start()) return;
    }
    if (!this.#held.add(side, record)) this.#giveUpHeld();
  }

  /** Opens a record and takes what is in it; false when its key is not known yet. */
  #open(side: Side, record: TlsRecord): boolean {
    const result = this.#keys.open(side, record);
    if (result.kind === 'opened') {
      this.#reason = null;
      this.#content(side, result.type, result.bytes, null);
      return true;
    }
    this.#reason = result.reason;
    return result.kind === 'failed';
  }

  #retryHeld(): void {
    this.#held.retry((side, record) => (record === null ? this.#lost(side) : this.#open(side, record)));
  }

  #giveUpHeld(): void {
    this.#held.drop();
    this.#lost('client');
    this.#lost('server');
  }

  #lost(side: Side): true {
    this.#keys.lost(side);
    this.#assemblers[side].reset();
    return true;
  }

  #content(side: Side, type: number, bytes: Uint8Array, span: Span | null): void {
    if (type === ALERT) this.#handshake.addAlert(side, bytes);
    else if (type === APPLICATION_DATA) this.#applicationData(side, bytes);
    else if (type === HANDSHAKE) {
      const messages = this.#assemblers[side].push(bytes);
      if (messages === null) this.#context.anomaly('handshake message too long');
      for (const message of messages ?? []) this.#handshakeMessage(side, message, span);
    }
  }

  #applicationData(side: Side, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#carried === null) {
      this.#opened = true;
      this.#publish();
      const { alpn } = this.#handshake;
      this.#carried = this.#context.carry({ midStream: false, ...(alpn !== undefined && { alpn }) });
    }
    this.#carried.data(side, bytes);
  }

  #handshakeMessage(side: Side, message: HandshakeMessage, span: Span | null): void {
    this.#keys.handshakeMessage(message.bytes);
    const { type, body } = message;
    if (type === CLIENT_HELLO) this.#clientHello(body, span);
    else if (type === SERVER_HELLO) this.#serverHello(body, span);
    else if (type === NEW_SESSION_TICKET) this.#newSessionTicket(body);
    else if (type === ENCRYPTED_EXTENSIONS) this.#encryptedExtensions(body);
    else if (type === CERTIFICATE) this.#certificate(side, body);
    else if (type === CLIENT_KEY_EXCHANGE) this.#keys.clientKeyExchange(body);
    else if (type === END_OF_EARLY_DATA) this.#keys.endOfEarlyData();
    else if (type === FINISHED) this.#keys.finished(side);
    else if (type === KEY_UPDATE) this.#keys.keyUpdate(side);
  }

  /** RFC 5077 §3.3: a lifetime of four bytes, then the ticket after its length. TLS 1.3 tickets hold no secret we need. */
  #newSessionTicket(body: Uint8Array): void {
    if (this.#handshake.server?.version !== TLS13) this.#keys.newTicket(body.subarray(6));
  }

  #encryptedExtensions(body: Uint8Array): void {
    this.#handshake.alpn = parseEncryptedExtensions(body).alpn ?? this.#handshake.alpn;
    this.#publish();
  }

  #certificate(side: Side, body: Uint8Array): void {
    this.#handshake.certificate(side, body);
    this.#publish();
  }

  #clientHello(body: Uint8Array, span: Span | null): void {
    const hello = parseClientHello(body);
    if (hello === null) {
      this.#context.anomaly('malformed ClientHello');
      return;
    }
    this.#keys.clientHello(hello);
    // A renegotiation is under keys and tells nothing new about who speaks.
    if (span !== null) this.#handshake.clientHello(hello, span);
  }

  #serverHello(body: Uint8Array, span: Span | null): void {
    const hello = parseServerHello(body);
    if (hello === null) {
      this.#context.anomaly('malformed ServerHello');
      return;
    }
    if (span !== null) this.#handshake.serverHello(hello, span.first);
    if (!hello.isRetryRequest) this.#keys.serverHello(hello);
    this.#publish();
  }

  #publish(): void {
    this.#context.tls(this.#handshake.facts(this.#opened), this.#handshake.micros);
  }

  gap(side: Side, length: number): 'lost' {
    this.#gap += length;
    if (this.#held.isEmpty) this.#lost(side);
    else this.#held.add(side, null);
    this.#carried?.gap(side, length);
    return 'lost';
  }

  resync(_side: Side, bytes: Uint8Array, offset: number): number {
    return findRecord(bytes, offset);
  }

  close(_at: Micros, reason: CloseReason): void {
    this.#retryHeld();
    this.#held.drop();
    const failure = this.#handshake.failure;
    // What was read from inside speaks for itself, unless TLS then failed.
    if (this.#opened && failure === null) return;
    this.#publish();
    this.#context.emit(
      new TlsConnection(this.#handshake, {
        times: this.#times,
        bytes: this.#bytes,
        gap: this.#gap,
        reason: this.#opened ? null : (this.#reason ?? 'no application data'),
        closed: reason,
      }),
    );
  }
}
