/** Follows a QUIC connection by what can be read without keys: its handshake's first flight, and that packets go by. */

import type { Micros } from '@kubeshark/model';
import type { CloseReason, Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { parseClientHello, parseServerHello } from '../../tls/hello.ts';
import { helloFacts } from '../../tls/hello-facts.ts';
import { CryptoStream } from './crypto-stream.ts';
import { QuicConnection } from './describe.ts';
import { InitialKeys, readFrames } from './initial.ts';
import { type QuicDatagram, type QuicPacket, readDatagram } from './wire.ts';

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** Initial packets opened of one connection: both hellos fit in a few, also when they are sent again. */
const MAX_INITIAL_PACKETS = 64;

export class QuicSession implements Session<QuicDatagram> {
  readonly #context: SessionContext;
  readonly #connection = new QuicConnection();
  readonly #crypto = { client: new CryptoStream(), server: new CryptoStream() };
  /** What keys are made from; versions have different ones, and a server may answer in another (RFC 9368 §2.3). */
  #dcid: Uint8Array | null = null;
  readonly #keys = new Map<number, InitialKeys>();
  #initials = 0;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(_side: Side, bytes: Uint8Array, offset: number): Parsed<QuicDatagram> {
    return { kind: 'done', value: readDatagram(bytes.subarray(offset)), end: bytes.length };
  }

  message(side: Side, datagram: QuicDatagram, span: Span): void {
    this.#connection.count(side, datagram.size, span.last);
    for (const packet of datagram.packets) this.#packet(side, packet, span.last);
  }

  #packet(side: Side, packet: QuicPacket, at: Micros): void {
    const connection = this.#connection;
    if (packet.type === 'initial') this.#initial(side, packet);
    else if (packet.type === 'version negotiation') connection.negotiated = true;
    else if (packet.type === 'retry') connection.retried = true;
    else if (packet.type === '0-rtt') connection.earlyData = true;
    else connection.progress(side, packet.type, at);
  }

  #initial(side: Side, packet: QuicPacket): void {
    if (this.#initials++ >= MAX_INITIAL_PACKETS) return;
    const connection = this.#connection;
    connection.version = packet.version;
    const bytes = this.#open(side, packet);
    if (bytes === null) return;
    for (const frame of readFrames(bytes)) {
      if (frame.kind === 'close') connection.closed(side, frame.code, frame.reason);
      else this.#crypto[side].add(frame.offset, frame.data);
    }
    this.#hello(side);
  }

  #open(side: Side, packet: QuicPacket): Uint8Array | null {
    const opened = this.#keysOf(packet.version)?.open(side, packet) ?? null;
    if (opened !== null || side === 'server') return opened;
    // The first packet; or after a Retry, when the client addresses the id the server gave and keys come from that.
    const keys = new InitialKeys(packet.version, packet.dcid);
    const fresh = keys.open(side, packet);
    if (fresh === null) return null;
    this.#dcid = packet.dcid.slice();
    this.#keys.clear();
    this.#keys.set(packet.version, keys);
    return fresh;
  }

  /** null before the client's first packet. */
  #keysOf(version: number): InitialKeys | null {
    if (this.#dcid === null) return null;
    const keys = this.#keys.get(version) ?? new InitialKeys(version, this.#dcid);
    this.#keys.set(version, keys);
    return keys;
  }

  #hello(side: Side): void {
    const connection = this.#connection;
    const message = this.#crypto[side].message;
    if (message === null) return;
    if (side === 'client' && connection.client === null && message.type === CLIENT_HELLO) {
      connection.client = parseClientHello(message.body);
    } else if (side === 'server' && connection.server === null && message.type === SERVER_HELLO) {
      connection.server = parseServerHello(message.body);
    } else return;
    const { client, server } = connection;
    const [alpn, ...others] = client?.alpn ?? [];
    this.#context.tls({
      ...helloFacts(client, server, 'q'),
      // What the server chose is sealed; with one offer there is no choice.
      ...(alpn !== undefined && others.length === 0 && { alpn }),
      decrypted: false,
    });
  }

  gap(): 'lost' {
    return 'lost';
  }

  resync(_side: Side, _bytes: Uint8Array, offset: number): number {
    return offset;
  }

  close(_at: Micros, _reason: CloseReason): void {
    this.#context.emit(this.#connection.end());
  }
}
