/**
 * The two ends of lookups: an address that asks, and a server's. The port asked from is left open, as every lookup has another;
 * what is written of the ends, and what those who take calls know of them, is kept for all of them.
 */

import { type JsonWriter, piece } from '../json/json-writer.ts';
import type { NameTable } from '../names/name-table.ts';
import { hostAndPort } from './flow.ts';

/** A resolver of a node has some hundred clients; a flood of addresses makes the memory start afresh. */
export const MAX_PAIRS = 4096;

export class LookupEnds {
  readonly clientIp: string;
  readonly serverIp: string;
  readonly serverPort: number;
  note: object | null = null;
  /** The names that stand in what is kept. */
  private clientName: string | undefined;
  private serverName: string | undefined;
  private beforePort: Uint8Array | null = null;
  private behindPort: Uint8Array | null = null;
  private idBefore: Uint8Array | null = null;
  private idBehind: Uint8Array | null = null;

  constructor(clientIp: string, serverIp: string, serverPort: number) {
    this.clientIp = clientIp;
    this.serverIp = serverIp;
    this.serverPort = serverPort;
  }

  /** `"src":{…},"dst":{…}`. */
  write(json: JsonWriter, clientPort: number, names: NameTable): void {
    const client = names.nameOf(this.clientIp);
    const server = names.nameOf(this.serverIp);
    if (
      this.beforePort === null ||
      this.behindPort === null ||
      client !== this.clientName ||
      server !== this.serverName
    ) {
      this.clientName = client;
      this.serverName = server;
      const { clientIp: ip, serverIp, serverPort: port } = this;
      this.beforePort = piece(`"src":{"ip":${JSON.stringify(ip)},"port":`);
      this.behindPort = piece(
        `${named(client)}},"dst":{"ip":${JSON.stringify(serverIp)},"port":${port}${named(server)}}`,
      );
    }
    json.copyOf(this.beforePort);
    json.number(clientPort);
    json.copyOf(this.behindPort);
  }

  /** The id of a connection between them, and all before it: `,"connection":{"id":"udp-192.0.2.1:4711-192.0.2.2:53-…"`. */
  writeId(json: JsonWriter, clientPort: number, firstAt: number): void {
    this.idBefore ??= piece(`,"connection":{"id":"udp-${hostAndPort({ ip: this.clientIp, port: '' })}`);
    this.idBehind ??= piece(`-${hostAndPort({ ip: this.serverIp, port: this.serverPort })}-`);
    json.copyOf(this.idBefore);
    json.number(clientPort);
    json.copyOf(this.idBehind);
    json.number(firstAt);
    json.raw('"');
  }
}

const named = (name: string | undefined): string =>
  name === undefined ? '' : `,"name":${JSON.stringify(name)},"dns":${JSON.stringify(name)}`;

/** One object for each two ends. */
export class LookupPairs {
  private readonly serverPort: number;
  private readonly byClient = new Map<string, Map<string, LookupEnds>>();
  private size = 0;
  /** Those asked for last: a program asks again and again. */
  private last: LookupEnds;

  constructor(serverPort: number) {
    this.serverPort = serverPort;
    this.last = new LookupEnds('', '', serverPort);
  }

  of(clientIp: string, serverIp: string): LookupEnds {
    const { last } = this;
    if (last.clientIp !== clientIp || last.serverIp !== serverIp) {
      this.last = this.byClient.get(clientIp)?.get(serverIp) ?? this.add(clientIp, serverIp);
    }
    return this.last;
  }

  private add(clientIp: string, serverIp: string): LookupEnds {
    if (this.size >= MAX_PAIRS) {
      this.byClient.clear();
      this.size = 0;
    }
    const ends = new LookupEnds(clientIp, serverIp, this.serverPort);
    const servers = this.byClient.get(clientIp) ?? new Map<string, LookupEnds>();
    this.byClient.set(clientIp, servers.set(serverIp, ends));
    this.size++;
    return ends;
  }
}
