/** The conversation of a lookup as its calls see it: one object that stands for one row after the other. */

import type { Endpoint } from '@kubeshark/model';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import type { NameTable } from '../names/name-table.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import type { Side } from './dissector.ts';
import { type Conversation, type FlowFacts, hostAndPort, writeEndpoint } from './flow.ts';
import type { LookupRows } from './lookup-rows.ts';

const ID = piece('{"id":"udp-');
const CLIENT_BYTES = piece('","transport":"udp","clientBytes":');
const SERVER_BYTES = piece(',"serverBytes":');
const CLIENT_PACKETS = piece(',"clientPackets":');
const SERVER_PACKETS = piece(',"serverPackets":');

export class LookupConversation implements Conversation {
  readonly rows: LookupRows;
  private readonly names: NameTable;
  row = 0;

  constructor(rows: LookupRows, names: NameTable) {
    this.rows = rows;
    this.names = names;
  }

  get interfaceId(): number {
    return this.rows.interfaceId(this.row);
  }

  get calls(): number {
    return this.rows.calls(this.row);
  }

  set calls(calls: number) {
    this.rows.setCalls(this.row, calls);
  }

  get note(): object | null {
    return this.rows.notes[this.row] ?? null;
  }

  set note(note: object | null) {
    this.rows.notes[this.row] = note;
  }

  endpoint(side: Side): Endpoint {
    const direction = this.direction(side);
    return { ip: this.rows.ip(this.row, direction), port: this.rows.port(this.row, direction) };
  }

  namedEndpoint(side: Side): Endpoint {
    const end = this.endpoint(side);
    const dns = this.names.nameOf(end.ip);
    return dns === undefined ? end : { ...end, name: dns, dns };
  }

  writeEnd(json: JsonWriter, side: Side): void {
    const end = this.endpoint(side);
    writeEndpoint(json, end, this.names.nameOf(end.ip));
  }

  facts(): FlowFacts {
    const { rows, row } = this;
    const client = this.direction('client');
    const server = this.direction('server');
    const ends = `${hostAndPort(this.endpoint('client'))}-${hostAndPort(this.endpoint('server'))}`;
    return {
      id: `udp-${ends}-${Math.floor(rows.firstAt(row))}`,
      transport: 'udp',
      clientBytes: rows.bytes(row, client),
      serverBytes: rows.bytes(row, server),
      clientPackets: rows.packets(row, client),
      serverPackets: rows.packets(row, server),
    };
  }

  writeFacts(json: JsonWriter): void {
    const { rows, row } = this;
    const client = this.direction('client');
    const server = this.direction('server');
    json.copyOf(ID);
    writeHostAndPort(json, rows.ip(row, client), rows.port(row, client));
    json.raw('-');
    writeHostAndPort(json, rows.ip(row, server), rows.port(row, server));
    json.raw('-');
    json.number(Math.floor(rows.firstAt(row)));
    json.copyOf(CLIENT_BYTES);
    json.number(rows.bytes(row, client));
    json.copyOf(SERVER_BYTES);
    json.number(rows.bytes(row, server));
    json.copyOf(CLIENT_PACKETS);
    json.number(rows.packets(row, client));
    json.copyOf(SERVER_PACKETS);
    json.number(rows.packets(row, server));
    json.raw('}');
  }

  private direction(side: Side): Direction {
    const client = this.rows.client(this.row);
    return side === 'client' ? client : client === 0 ? 1 : 0;
  }
}

/** `hostAndPort`, inside a string. */
function writeHostAndPort(json: JsonWriter, ip: string, port: number): void {
  const isVersion6 = ip.includes(':');
  if (isVersion6) json.raw('[');
  json.raw(ip);
  json.raw(isVersion6 ? ']:' : ':');
  json.number(port);
}
