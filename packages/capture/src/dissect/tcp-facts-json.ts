/** The facts of a TCP connection as JSON: what seldom changes from one call to the next is kept as it was written. */

import type { Micros, TlsFacts } from '@kubeshark/model';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import { INDEX } from './entry-pieces.ts';

/** What one end sent, as it was counted. */
interface HalfCounts {
  readonly bytes: number;
  readonly packets: number;
  readonly retransmissions: number;
  readonly outOfOrder: number;
  readonly zeroWindows: number;
}

/** What `FlowFacts` are made of, read where it stands: of most calls most of it has been written before. */
export interface TcpFacts {
  readonly id: string;
  readonly isn: string | null;
  readonly tls: TlsFacts | null;
  readonly synAt: Micros | null;
  readonly synAckAt: Micros | null;
  readonly establishedAt: Micros | null;
  readonly handshakeMicros: Micros | null;
  readonly rttMicros: Micros | null;
  readonly tlsMicros: Micros | null;
  readonly clientHalf: HalfCounts & { readonly peer: HalfCounts };
  readonly resets: number;
}

const ID = piece(',"connection":{"id":');
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

/** As `Conversation.writeConnection` says. */
export function writeTcpFacts(json: JsonWriter, facts: TcpFacts): void {
  writeOpening(json, facts);
  writeCounts(json, facts);
  writeTroubles(json, facts);
}

/** Of one connection that gives call after call. */
export class TcpFactsJson {
  private opening: Uint8Array | null = null;
  private id = '';
  private isn: string | null = null;
  private tls: TlsFacts | null = null;
  private synAt: Micros | null = null;
  private synAckAt: Micros | null = null;
  private establishedAt: Micros | null = null;
  private tlsMicros: Micros | null = null;
  private troubles: Uint8Array | null = null;
  private retransmissions = 0;
  private outOfOrder = 0;
  private zeroWindows = 0;
  private resets = 0;

  write(json: JsonWriter, facts: TcpFacts): void {
    if (this.opening !== null && this.isOpening(facts)) json.copyOf(this.opening);
    else this.keepOpening(json, facts);
    writeCounts(json, facts);
    if (this.troubles !== null && this.areTroubles(facts)) json.copyOf(this.troubles);
    else this.keepTroubles(json, facts);
  }

  private isOpening({ id, isn, tls, synAt, synAckAt, establishedAt, tlsMicros }: TcpFacts): boolean {
    const isSame = id === this.id && isn === this.isn && tls === this.tls && tlsMicros === this.tlsMicros;
    return isSame && synAt === this.synAt && synAckAt === this.synAckAt && establishedAt === this.establishedAt;
  }

  private keepOpening(json: JsonWriter, facts: TcpFacts): void {
    this.id = facts.id;
    this.isn = facts.isn;
    this.tls = facts.tls;
    this.synAt = facts.synAt;
    this.synAckAt = facts.synAckAt;
    this.establishedAt = facts.establishedAt;
    this.tlsMicros = facts.tlsMicros;
    const start = json.length;
    writeOpening(json, facts);
    this.opening = json.pieceFrom(start);
  }

  private areTroubles({ clientHalf: client, resets }: TcpFacts): boolean {
    const { peer: server } = client;
    return (
      client.retransmissions + server.retransmissions === this.retransmissions &&
      client.outOfOrder + server.outOfOrder === this.outOfOrder &&
      client.zeroWindows + server.zeroWindows === this.zeroWindows &&
      resets === this.resets
    );
  }

  private keepTroubles(json: JsonWriter, facts: TcpFacts): void {
    const { clientHalf: client, resets } = facts;
    const { peer: server } = client;
    this.retransmissions = client.retransmissions + server.retransmissions;
    this.outOfOrder = client.outOfOrder + server.outOfOrder;
    this.zeroWindows = client.zeroWindows + server.zeroWindows;
    this.resets = resets;
    const start = json.length;
    writeTroubles(json, facts);
    this.troubles = json.pieceFrom(start);
  }
}

function writeOpening(json: JsonWriter, { id, isn, tls, handshakeMicros, rttMicros, tlsMicros }: TcpFacts): void {
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

function writeCounts(json: JsonWriter, { clientHalf: client }: TcpFacts): void {
  const { peer: server } = client;
  json.number(client.bytes);
  json.copyOf(SERVER_BYTES);
  json.number(server.bytes);
  json.copyOf(CLIENT_PACKETS);
  json.number(client.packets);
  json.copyOf(SERVER_PACKETS);
  json.number(server.packets);
}

function writeTroubles(json: JsonWriter, { clientHalf: client, resets }: TcpFacts): void {
  const { peer: server } = client;
  json.copyOf(RETRANSMISSIONS);
  json.number(client.retransmissions + server.retransmissions);
  json.copyOf(OUT_OF_ORDER);
  json.number(client.outOfOrder + server.outOfOrder);
  json.copyOf(ZERO_WINDOWS);
  json.number(client.zeroWindows + server.zeroWindows);
  json.copyOf(RESETS);
  json.number(resets);
  json.copyOf(INDEX);
}
