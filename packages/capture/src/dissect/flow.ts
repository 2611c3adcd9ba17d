/** One conversation between two ends: its addresses, its stream and what is known of the connection. */

import type { Connection, Endpoint, Micros, TlsFacts } from '@kubeshark/model';
import { Remembered } from '../decode/remembered.ts';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import { addressText } from '../packet/address.ts';
import type { Packet } from '../packet/packet.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import type { EngineCounters } from './counters.ts';
import type { Exchange, Side } from './dissector.ts';
import { INDEX } from './entry-pieces.ts';
import type { Stream } from './stream.ts';
import type { Carrier, StreamServices } from './stream-services.ts';
import type { Unread } from './unread.ts';

/** An endpoint as the packets tell it; names are added by whoever knows them. */
interface End {
  readonly ip: string;
  readonly port: number;
}

/** What a flow needs of the engine. */
export interface FlowHost extends StreamServices {
  readonly counters: EngineCounters;
  /** Facts of a TCP connection tell its initial sequence numbers. */
  readonly tellsNumbers: boolean;
  emit(flow: Conversation, exchange: Exchange, anomalies: readonly string[]): void;
}

/** Everything of `Connection` but the position of one call. */
export type FlowFacts = Omit<Connection, 'index'>;

/** What a call tells of the two ends it was between. */
export interface Conversation {
  readonly interfaceId: number;
  /** Calls given so far. */
  calls: number;
  /** Whoever takes the calls may keep here what it knows of client and server; the engine does not look at it. */
  note: object | null;
  /** Facts known by now, for the entry of a call. */
  facts(): FlowFacts;
  /** The end on one side. */
  endpoint(side: Side): Endpoint;
  /** The same with its name. */
  namedEndpoint(side: Side): Endpoint;
  /** Writes what stands before the ends, and `"src":` and `"dst":` with the `namedEndpoint` of each side. */
  writeEnds(json: JsonWriter, opening: Uint8Array): void;
  /** Writes `"connection"`, a comma before it: `facts`, and the key of a call's position on it. */
  writeConnection(json: JsonWriter): void;
}

/** Addresses as they stand in the ids of connections: some 1 MB when full. */
const hosts = new Remembered((ip) => piece(hostAndPort({ ip, port: '' })), { texts: 8192, characters: 64 });

const CONNECTION = piece(',"connection":');
const CONNECTION_ID = piece(',"connection":{"id":"');
const SRC = piece('"src":{"ip":');
const DST = piece('},"dst":{"ip":');
const PORT = piece(',"port":');
const NAME = piece(',"name":');
const DNS = piece(',"dns":');

/** What is known of a flow by its first packet. */
export interface FlowBegin {
  /** By direction: 0 is the lower end of the flow's key. */
  readonly ends: readonly [End, End];
  readonly ipVersion: 4 | 6;
  /** Who sent the first packet seen. */
  readonly firstSender: Direction;
  readonly firstAt: Micros;
  readonly interfaceId: number;
}

export function beginOf(packet: Packet, direction: Direction): FlowBegin {
  const src = { ip: addressText(packet.bytes, packet.srcIp, packet.ipVersion), port: packet.srcPort };
  const dst = { ip: addressText(packet.bytes, packet.dstIp, packet.ipVersion), port: packet.dstPort };
  return {
    ends: direction === 0 ? [src, dst] : [dst, src],
    ipVersion: packet.ipVersion,
    firstSender: direction,
    firstAt: packet.at,
    interfaceId: packet.interfaceId,
  };
}

export abstract class Flow<S extends Stream = Stream> implements Carrier, Conversation {
  abstract readonly transport: 'tcp' | 'udp' | 'icmp' | 'sctp';
  // What every packet or call touches stands first: on a busy host each flow's memory is far from the processor.
  protected readonly host: FlowHost;
  // A field that is a number from its beginning keeps its room: another is made anew with each number it is given.
  lastAt: Micros = 0;
  client: Direction | null = null;
  private streamOrNull: S | null = null;
  /** Calls given so far, by the connection's stream and those carried inside it. */
  calls = 0;
  note: object | null = null;
  private readonly ends: readonly [End, End];
  readonly ports: readonly [number, number];
  readonly ipVersion: 4 | 6;
  private readonly firstSender: Direction;
  readonly firstAt: Micros;
  readonly interfaceId: number;
  tls: TlsFacts | null = null;
  tlsMicros: Micros | null = null;
  /** The id as it was last asked for, and who was the client then. */
  private idText = '';
  private idClient: Direction = 0;
  /** The ends as they were last written, behind what, who was the client then, and what they were called. */
  private endsPiece: Uint8Array | null = null;
  private endsOpening: Uint8Array | null = null;
  private endsVersion = -1;
  private endsTls: TlsFacts | null = null;
  private endsClient: Direction = 0;
  private clientName: string | undefined;
  private serverName: string | undefined;

  constructor(host: FlowHost, { ends, ipVersion, firstSender, firstAt, interfaceId }: FlowBegin) {
    this.host = host;
    this.ends = ends;
    this.ports = [ends[0].port, ends[1].port];
    this.ipVersion = ipVersion;
    this.firstSender = firstSender;
    this.firstAt = firstAt;
    this.lastAt = firstAt;
    this.interfaceId = interfaceId;
  }

  abstract facts(): FlowFacts;

  protected abstract openStream(): S;

  /** Made with the first payload: a connection that never carries any costs little. */
  get stream(): S {
    this.streamOrNull ??= this.openStream();
    return this.streamOrNull;
  }

  get hasStream(): boolean {
    return this.streamOrNull !== null;
  }

  protected unread(direction: Direction): Unread | null {
    return this.streamOrNull?.unread[direction] ?? null;
  }

  emit(exchange: Exchange, anomalies: readonly string[]): void {
    this.host.emit(this, exchange, anomalies);
  }

  /** The end on one side; by ports when the conversation never told who the client is. */
  endpoint(side: Side): Endpoint {
    const client = this.clientDirection;
    return this.ends[side === 'client' ? client : 1 - client] ?? this.ends[0];
  }

  /** The end with its name: what the client asked TLS for, or what the address was called in DNS. */
  namedEndpoint(side: Side): Endpoint {
    const end = this.endpoint(side);
    const dns = this.nameOf(side, end);
    return dns === undefined ? end : { ...end, name: dns, dns };
  }

  private nameOf(side: Side, { ip }: End): string | undefined {
    return (side === 'server' ? this.tls?.sni : undefined) ?? this.host.names.nameOf(ip);
  }

  writeEnds(json: JsonWriter, opening: Uint8Array): void {
    const { endsPiece } = this;
    if (this.areEnds() && opening === this.endsOpening && endsPiece !== null) return json.copyOf(endsPiece);
    const start = json.length;
    json.copyOf(opening);
    json.copyOf(SRC);
    writeEnd(json, this.endpoint('client'), this.clientName);
    json.copyOf(DST);
    writeEnd(json, this.endpoint('server'), this.serverName);
    json.raw('}');
    this.endsOpening = opening;
    // Most connections that gave two calls give more.
    this.endsPiece = this.calls > 1 ? json.pieceFrom(start) : null;
  }

  /** Are the ends who they were, and called what they were called? What they are now is remembered. */
  private areEnds(): boolean {
    const { clientDirection, tls } = this;
    const { version } = this.host.names;
    const isSame = clientDirection === this.endsClient && tls === this.endsTls;
    if (isSame && version === this.endsVersion) return true;
    this.endsVersion = version;
    this.endsClient = clientDirection;
    this.endsTls = tls;
    const { clientName, serverName } = this;
    this.clientName = this.nameOf('client', this.endpoint('client'));
    this.serverName = this.nameOf('server', this.endpoint('server'));
    return isSame && clientName === this.clientName && serverName === this.serverName;
  }

  writeConnection(json: JsonWriter): void {
    json.copyOf(CONNECTION);
    json.value(this.facts());
    json.reopen();
    json.copyOf(INDEX);
  }

  /** Writes `"connection"` up to its id, for those who write what follows themselves. */
  protected writeIdPart(json: JsonWriter): void {
    const client = this.endpoint('client');
    const server = this.endpoint('server');
    json.copyOf(CONNECTION_ID);
    json.raw(this.transport);
    json.raw('-');
    json.copyOf(hosts.of(client.ip));
    json.number(client.port);
    json.raw('-');
    json.copyOf(hosts.of(server.ip));
    json.number(server.port);
    json.raw('-');
    json.number(Math.floor(this.firstAt));
    json.raw('"');
  }

  get clientDirection(): Direction {
    return this.client ?? this.host.recognition.likelyClient(this.ports) ?? this.firstSender;
  }

  /** Same for every entry of the connection. */
  get id(): string {
    const client = this.clientDirection;
    if (this.idText === '' || this.idClient !== client) {
      this.idClient = client;
      const ends = `${hostAndPort(this.endpoint('client'))}-${hostAndPort(this.endpoint('server'))}`;
      this.idText = `${this.transport}-${ends}-${Math.floor(this.firstAt)}`;
    }
    return this.idText;
  }
}

/** Writes an end with the name it has, without the brackets. */
function writeEnd(json: JsonWriter, { ip, port }: End, name: string | undefined): void {
  json.name(ip);
  json.copyOf(PORT);
  json.number(port);
  if (name === undefined) return;
  json.copyOf(NAME);
  json.name(name);
  json.copyOf(DNS);
  json.name(name);
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function hostAndPort({ ip, port }: { readonly ip: string; readonly port: number | '' }): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
