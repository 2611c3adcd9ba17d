/**
 * What is kept of each conversation that is read without an object of its own: a row of numbers in blocks that all share, so
 * that a lookup from a fresh port touches two lines of memory and leaves nothing to collect (docs/performance.md).
 */

import type { Micros } from '@kubeshark/model';
import { addressText } from '../packet/address.ts';
import type { Packet } from '../packet/packet.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import { Places } from '../reassembly/places.ts';
import type { FlowBegin } from './flow.ts';
import { type LookupEnds, LookupPairs } from './lookup-ends.ts';
import type { LookupSoFar } from './udp-flow.ts';

const FIRST_CAPACITY = 1024;

/** Columns of `numbers`, each of a double. Bytes and packets by direction. */
const FIRST_AT = 0;
const BYTES = 1;
const PACKETS = 3;
const CALLS = 5;
const INTERFACE = 6;
const NUMBERS = 7;

/** Columns of `ends`: the ports by direction, which direction is the client's, the IP version. */
const PORTS = 0;
const CLIENT = 2;
const VERSION = 3;
const ENDS = 4;

export class LookupRows {
  private numbers = new Float64Array(FIRST_CAPACITY * NUMBERS);
  /** By itself: whoever looks for old rows goes through all of them every second. */
  private lastAts = new Float64Array(FIRST_CAPACITY);
  private ends = new Int32Array(FIRST_CAPACITY * ENDS);
  /** Between whom each is. */
  private readonly pairs: LookupEnds[] = [];
  private readonly allPairs = new LookupPairs();
  /** What waits in each. */
  readonly waiting: (object | null)[] = [];
  /** Rows that are free again. */
  private readonly free = new Places();
  private capacity = FIRST_CAPACITY;

  /** Rows in use. */
  get size(): number {
    return this.waiting.length - this.free.length;
  }

  /** A row for the conversation the packet begins. */
  begin(packet: Packet, direction: Direction, client: Direction): number {
    const row = this.free.take() ?? this.waiting.length;
    if (row >= this.capacity) this.grow();
    const { numbers, ends } = this;
    const at = row * NUMBERS;
    numbers.fill(0, at, at + NUMBERS);
    numbers[at + FIRST_AT] = packet.at;
    this.lastAts[row] = packet.at;
    numbers[at + INTERFACE] = packet.interfaceId;
    const end = row * ENDS;
    const low = direction === 0;
    ends[end + PORTS] = low ? packet.srcPort : packet.dstPort;
    ends[end + PORTS + 1] = low ? packet.dstPort : packet.srcPort;
    ends[end + CLIENT] = client;
    ends[end + VERSION] = packet.ipVersion;
    const src = addressText(packet.bytes, packet.srcIp, packet.ipVersion);
    const dst = addressText(packet.bytes, packet.dstIp, packet.ipVersion);
    const { allPairs } = this;
    this.pairs[row] =
      client === direction ? allPairs.of(src, dst, packet.dstPort) : allPairs.of(dst, src, packet.srcPort);
    this.waiting[row] = null;
    return row;
  }

  /** Counts a packet. */
  count(row: number, { at, payloadLength }: Packet, direction: Direction): void {
    const { numbers, lastAts } = this;
    const start = row * NUMBERS;
    if (at > (lastAts[row] ?? 0)) lastAts[row] = at;
    numbers[start + BYTES + direction] = (numbers[start + BYTES + direction] ?? 0) + payloadLength;
    numbers[start + PACKETS + direction] = (numbers[start + PACKETS + direction] ?? 0) + 1;
  }

  release(row: number): void {
    this.waiting[row] = null;
    this.free.give(row);
  }

  firstAt(row: number): Micros {
    return this.number(row, FIRST_AT);
  }

  lastAt(row: number): Micros {
    return this.lastAts[row] ?? 0;
  }

  bytes(row: number, direction: Direction): number {
    return this.number(row, BYTES + direction);
  }

  packets(row: number, direction: Direction): number {
    return this.number(row, PACKETS + direction);
  }

  interfaceId(row: number): number {
    return this.number(row, INTERFACE);
  }

  calls(row: number): number {
    return this.number(row, CALLS);
  }

  setCalls(row: number, calls: number): void {
    this.numbers[row * NUMBERS + CALLS] = calls;
  }

  client(row: number): Direction {
    return this.ends[row * ENDS + CLIENT] === 0 ? 0 : 1;
  }

  pair(row: number): LookupEnds {
    return this.pairs[row] ?? this.allPairs.of('', '', 0);
  }

  ip(row: number, direction: Direction): string {
    const { clientIp, serverIp } = this.pair(row);
    return direction === this.client(row) ? clientIp : serverIp;
  }

  port(row: number, direction: Direction): number {
    return this.ends[row * ENDS + PORTS + direction] ?? 0;
  }

  /** The row as a flow that begins. */
  flowBegin(row: number): FlowBegin {
    return {
      ends: [
        { ip: this.ip(row, 0), port: this.port(row, 0) },
        { ip: this.ip(row, 1), port: this.port(row, 1) },
      ],
      ipVersion: this.ends[row * ENDS + VERSION] === 4 ? 4 : 6,
      firstSender: this.client(row),
      firstAt: this.firstAt(row),
      interfaceId: this.interfaceId(row),
    };
  }

  /** What has passed since. */
  soFar(row: number): LookupSoFar {
    return {
      lastAt: this.lastAt(row),
      client: this.client(row),
      calls: this.calls(row),
      note: this.pair(row).note,
      bytes: [this.bytes(row, 0), this.bytes(row, 1)],
      packets: [this.packets(row, 0), this.packets(row, 1)],
    };
  }

  private number(row: number, column: number): number {
    return this.numbers[row * NUMBERS + column] ?? 0;
  }

  private grow(): void {
    this.capacity *= 2;
    const numbers = new Float64Array(this.capacity * NUMBERS);
    numbers.set(this.numbers);
    this.numbers = numbers;
    const lastAts = new Float64Array(this.capacity);
    lastAts.set(this.lastAts);
    this.lastAts = lastAts;
    const ends = new Int32Array(this.capacity * ENDS);
    ends.set(this.ends);
    this.ends = ends;
  }
}
