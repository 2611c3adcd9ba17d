/** The conversation of a lookup as its calls see it: one object that stands for one row after the other. */

import type { Endpoint } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import type { NameTable } from '../names/name-table.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import { writeDatagramNumbers } from './datagram-facts-json.ts';
import type { Side } from './dissector.ts';
import { type Conversation, type FlowFacts, hostAndPort } from './flow.ts';
import type { LookupRows } from './lookup-rows.ts';

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
    return this.rows.pair(this.row).note;
  }

  set note(note: object | null) {
    this.rows.pair(this.row).note = note;
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

  writeEnds(json: JsonWriter, opening: Uint8Array): void {
    const { rows, row } = this;
    json.copyOf(opening);
    rows.pair(row).write(json, rows.port(row, rows.client(row)), this.names);
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

  writeConnection(json: JsonWriter): void {
    const { rows, row } = this;
    const client = this.direction('client');
    const server = this.direction('server');
    rows.pair(row).writeId(json, rows.port(row, client), Math.floor(rows.firstAt(row)));
    writeDatagramNumbers(json, {
      clientBytes: rows.bytes(row, client),
      serverBytes: rows.bytes(row, server),
      clientPackets: rows.packets(row, client),
      serverPackets: rows.packets(row, server),
    });
  }

  private direction(side: Side): Direction {
    const client = this.rows.client(this.row);
    return side === 'client' ? client : client === 0 ? 1 : 0;
  }
}
