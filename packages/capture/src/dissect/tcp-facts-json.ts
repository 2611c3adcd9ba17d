/** The facts of a TCP connection as JSON: what seldom changes from one call to the next is kept as it was written. */

import type { Micros, TlsFacts } from '@kubeshark/model';
import { type JsonWriter, piece } from '../json/json-writer.ts';

/** As `FlowFacts`, times not divided yet. */
export interface TcpNumbers {
  readonly id: string;
  readonly isn: string | null;
  readonly tls: TlsFacts | null;
  readonly handshakeMicros: Micros | null;
  readonly rttMicros: Micros | null;
  readonly tlsMicros: Micros | null;
  readonly clientBytes: number;
  readonly serverBytes: number;
  readonly clientPackets: number;
  readonly serverPackets: number;
  readonly retransmissions: number;
  readonly outOfOrder: number;
  readonly zeroWindows: number;
  readonly resets: number;
}

const ID = piece('{"id":');
const TRANSPORT = piece(',"transport":"tcp"');
const ISN = piece(',"isn":');
const HANDSHAKE = piece(',"handshakeMillis":');
const RTT = piece(',"rttMillis":');
const TLS = piece(',"tlsMillis":');
const CLIENT_BYTES = piece(',"clientBytes":');
const SERVER_BYTES = piece(',"serverBytes":');
const CLIENT_PACKETS = piece(',"clientPackets":');
const SERVER_PACKETS = piece(',"serverPackets":');
const RETRANSMISSIONS = piece(',"retransmissions":');
const OUT_OF_ORDER = piece(',"outOfOrder":');
const ZERO_WINDOWS = piece(',"zeroWindows":');
const RESETS = piece(',"resets":');

export function writeTcpFacts(json: JsonWriter, numbers: TcpNumbers): void {
  writeOpening(json, numbers);
  writeCounts(json, numbers);
  writeTroubles(json, numbers);
}

/** Of one connection that gives call after call. */
export class TcpFactsJson {
  private opening: Uint8Array | null = null;
  private id = '';
  private isn: string | null = null;
  private tls: TlsFacts | null = null;
  private handshakeMicros: Micros | null = null;
  private rttMicros: Micros | null = null;
  private tlsMicros: Micros | null = null;
  private troubles: Uint8Array | null = null;
  private retransmissions = 0;
  private outOfOrder = 0;
  private zeroWindows = 0;
  private resets = 0;

  write(json: JsonWriter, numbers: TcpNumbers): void {
    if (this.opening !== null && this.isOpening(numbers)) json.copyOf(this.opening);
    else this.keepOpening(json, numbers);
    writeCounts(json, numbers);
    if (this.troubles !== null && this.areTroubles(numbers)) json.copyOf(this.troubles);
    else this.keepTroubles(json, numbers);
  }

  private isOpening({ id, isn, tls, handshakeMicros, rttMicros, tlsMicros }: TcpNumbers): boolean {
    const isSame = id === this.id && isn === this.isn && tls === this.tls && tlsMicros === this.tlsMicros;
    return isSame && handshakeMicros === this.handshakeMicros && rttMicros === this.rttMicros;
  }

  private keepOpening(json: JsonWriter, numbers: TcpNumbers): void {
    this.id = numbers.id;
    this.isn = numbers.isn;
    this.tls = numbers.tls;
    this.handshakeMicros = numbers.handshakeMicros;
    this.rttMicros = numbers.rttMicros;
    this.tlsMicros = numbers.tlsMicros;
    const start = json.length;
    writeOpening(json, numbers);
    this.opening = json.pieceFrom(start);
  }

  private areTroubles({ retransmissions, outOfOrder, zeroWindows, resets }: TcpNumbers): boolean {
    const isSameOrder = retransmissions === this.retransmissions && outOfOrder === this.outOfOrder;
    return isSameOrder && zeroWindows === this.zeroWindows && resets === this.resets;
  }

  private keepTroubles(json: JsonWriter, numbers: TcpNumbers): void {
    this.retransmissions = numbers.retransmissions;
    this.outOfOrder = numbers.outOfOrder;
    this.zeroWindows = numbers.zeroWindows;
    this.resets = numbers.resets;
    const start = json.length;
    writeTroubles(json, numbers);
    this.troubles = json.pieceFrom(start);
  }
}

function writeOpening(json: JsonWriter, { id, isn, tls, handshakeMicros, rttMicros, tlsMicros }: TcpNumbers): void {
  json.copyOf(ID);
  json.text(id);
  json.copyOf(TRANSPORT);
  if (isn !== null) {
    json.copyOf(ISN);
    json.text(isn);
  }
  if (tls !== null) {
    json.raw(',"tls":');
    json.value(tls);
  }
  if (handshakeMicros !== null) {
    json.copyOf(HANDSHAKE);
    json.millis(handshakeMicros);
  }
  if (rttMicros !== null) {
    json.copyOf(RTT);
    json.millis(rttMicros);
  }
  if (tlsMicros !== null) {
    json.copyOf(TLS);
    json.millis(tlsMicros);
  }
  json.copyOf(CLIENT_BYTES);
}

function writeCounts(json: JsonWriter, { clientBytes, serverBytes, clientPackets, serverPackets }: TcpNumbers): void {
  json.number(clientBytes);
  json.copyOf(SERVER_BYTES);
  json.number(serverBytes);
  json.copyOf(CLIENT_PACKETS);
  json.number(clientPackets);
  json.copyOf(SERVER_PACKETS);
  json.number(serverPackets);
}

function writeTroubles(json: JsonWriter, { retransmissions, outOfOrder, zeroWindows, resets }: TcpNumbers): void {
  json.copyOf(RETRANSMISSIONS);
  json.number(retransmissions);
  json.copyOf(OUT_OF_ORDER);
  json.number(outOfOrder);
  json.copyOf(ZERO_WINDOWS);
  json.number(zeroWindows);
  json.copyOf(RESETS);
  json.number(resets);
  json.raw('}');
}
