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
  private readonly byPort = new Map<number, Map<string, Map<string, LookupEnds>>>();
  private size = 0;
  /** Those asked for last: a program asks again and again. */
  private last = new LookupEnds('', '', 0);

  of(clientIp: string, serverIp: string, serverPort: number): LookupEnds {
    const { last } = this;
    if (last.clientIp !== clientIp || last.serverIp !== serverIp || last.serverPort !== serverPort) {
      const known = this.byPort.get(serverPort)?.get(clientIp)?.get(serverIp);
      this.last = known ?? this.add(new LookupEnds(clientIp, serverIp, serverPort));
    }
    return this.last;
  }

  private add(ends: LookupEnds): LookupEnds {
    if (this.size >= MAX_PAIRS) {
      this.byPort.clear();
      this.size = 0;
    }
    const { clientIp, serverIp, serverPort } = ends;
    const clients = this.byPort.get(serverPort) ?? new Map<string, Map<string, LookupEnds>>();
    const servers = clients.get(clientIp) ?? new Map<string, LookupEnds>();
    this.byPort.set(serverPort, clients.set(clientIp, servers.set(serverIp, ends)));
    this.size++;
    return ends;
  }
}
