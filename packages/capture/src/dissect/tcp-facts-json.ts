/** The facts of a TCP connection as JSON: what seldom changes from one call to the next is kept as it was written. */

import type { Micros, TlsFacts } from '@kubeshark/model';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import { NumberedPiece } from '../json/numbered-piece.ts';
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
/** Each before its number. */
const COUNTS = [
  'clientBytes',
  'serverBytes',
  'clientPackets',
  'serverPackets',
  'retransmissions',
  'outOfOrder',
  'zeroWindows',
  'resets',
].map((name) => piece(`,"${name}":`));

/** Of the call being written. */
const counts = new Float64Array(COUNTS.length);

/** As `Conversation.writeConnection` says. */
export function writeTcpFacts(json: JsonWriter, facts: TcpFacts): void {
  writeOpening(json, facts);
  count(facts);
  for (const [index, key] of COUNTS.entries()) {
    json.copyOf(key);
    json.number(counts[index] ?? 0);
  }
  json.copyOf(INDEX);
}

/** Of one connection that gives call after call. */
export class TcpFactsJson {
  private numbered: NumberedPiece | null = null;
  private id = '';
  private isn: string | null = null;
  private tls: TlsFacts | null = null;
  private synAt: Micros | null = null;
  private synAckAt: Micros | null = null;
  private establishedAt: Micros | null = null;
  private tlsMicros: Micros | null = null;

  write(json: JsonWriter, facts: TcpFacts): void {
    if (this.numbered === null || !this.isOpening(facts)) this.numbered = this.open(json, facts);
    count(facts);
    for (let index = 0; index < counts.length; index++) this.numbered.set(index, counts[index] ?? 0);
    json.copyOf(this.numbered.written);
  }

  private isOpening({ id, isn, tls, synAt, synAckAt, establishedAt, tlsMicros }: TcpFacts): boolean {
    const isSame = id === this.id && isn === this.isn && tls === this.tls && tlsMicros === this.tlsMicros;
    return isSame && synAt === this.synAt && synAckAt === this.synAckAt && establishedAt === this.establishedAt;
  }

  private open(json: JsonWriter, facts: TcpFacts): NumberedPiece {
    this.id = facts.id;
    this.isn = facts.isn;
    this.tls = facts.tls;
    this.synAt = facts.synAt;
    this.synAckAt = facts.synAckAt;
    this.establishedAt = facts.establishedAt;
    this.tlsMicros = facts.tlsMicros;
    const start = json.length;
    writeOpening(json, facts);
    const opening = json.pieceFrom(start);
    json.length = start;
    return countsBehind(opening);
  }
}

const countsBehind = (opening: Uint8Array): NumberedPiece => {
  const [first = opening, ...others] = COUNTS;
  return new NumberedPiece([Buffer.concat([opening, first]), ...others, INDEX]);
};

function count({ clientHalf: client, resets }: TcpFacts): void {
  const { peer: server } = client;
  counts[0] = client.bytes;
  counts[1] = server.bytes;
  counts[2] = client.packets;
  counts[3] = server.packets;
  counts[4] = client.retransmissions + server.retransmissions;
  counts[5] = client.outOfOrder + server.outOfOrder;
  counts[6] = client.zeroWindows + server.zeroWindows;
  counts[7] = resets;
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
}
