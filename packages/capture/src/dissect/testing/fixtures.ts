/** The recorded captures of packages/capture/fixtures, as entries and as conversations that can be cut up. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Entry } from '@kubeshark/model';
import { JsonWriter } from '../../json/json-writer.ts';
import { PacketDecoder } from '../../packet/decoder.ts';
import { type Packet, SCTP, SYN, TCP, UDP } from '../../packet/packet.ts';
import { DATA, I_DATA, INIT, readChunks } from '../../packet/sctp.ts';
import { CaptureReader } from '../../pcap/capture-reader.ts';
import { FlowTable } from '../../reassembly/flow-table.ts';
import { SctpHalf } from '../../reassembly/sctp-half.ts';
import { type HalfReceiver, type Range, TcpHalf } from '../../reassembly/tcp-half.ts';
import type { Call } from '../call.ts';
import { CaptureDissection } from '../capture.ts';
import type { Turn } from './conversation.ts';

const root = path.resolve(import.meta.dirname, '../../../fixtures');

export interface Fixture {
  /** `http/pipelined-gets`. */
  readonly name: string;
  readonly folder: string;
  readonly protocol: string;
  readonly bytes: Uint8Array;
  /** Text of the key log beside it; empty without one. */
  readonly keyLog: string;
}

/** One connection of a capture, its bytes in order. */
export interface Conversation {
  readonly transport: 'tcp' | 'udp' | 'sctp';
  readonly clientPort: number;
  readonly serverPort: number;
  readonly turns: readonly Turn[];
}

export const fixtures: readonly Fixture[] = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: protocol }) =>
    readdirSync(path.join(root, protocol)).map((name) => ({ protocol, name: `${protocol}/${name}` })),
  )
  .map(({ protocol, name }) => ({ protocol, name, folder: path.join(root, name) }))
  .flatMap((place) => {
    const file = ['input.pcap', 'input.pcapng'].map((name) => path.join(place.folder, name)).find(existsSync);
    if (file === undefined) return [];
    const keys = path.join(place.folder, 'keys.log');
    const keyLog = existsSync(keys) ? readFileSync(keys, 'utf8') : '';
    return [{ ...place, bytes: new Uint8Array(readFileSync(file)), keyLog }];
  });

/** What the whole pipeline finds in a fixture, and the faults it counts. */
export function entriesOf({ bytes, keyLog }: Fixture): { readonly entries: Entry[]; readonly faults: string[] } {
  const entries: Entry[] = [];
  const capture = new CaptureDissection({ onCall: (call) => entries.push(call.toEntry()) });
  if (keyLog !== '') capture.engine.keys.addKeyLog(keyLog);
  capture.push(bytes);
  capture.end();
  return { entries, faults: [...capture.engine.counters.faults.keys()] };
}

/** The same calls as they are written without an entry being made. */
export function writtenEntriesOf({ bytes, keyLog }: Fixture): string[] {
  const written: string[] = [];
  const json = new JsonWriter();
  const onCall = (call: Call) => {
    json.length = 0;
    call.writeJson(json);
    written.push(Buffer.from(json.written()).toString());
  };
  const capture = new CaptureDissection({ onCall });
  if (keyLog !== '') capture.engine.keys.addKeyLog(keyLog);
  capture.push(bytes);
  capture.end();
  return written;
}

/** The conversations of a fixture that begin with their beginning. */
export function conversationsOf({ bytes }: Fixture): readonly Conversation[] {
  const collector = new Collector();
  const decoder = new PacketDecoder({ packet: (packet) => collector.packet(packet), skipped: () => {} });
  const reader = new CaptureReader({ frame: (frame) => decoder.frame(frame) });
  reader.push(bytes);
  reader.end();
  return collector.conversations.filter(({ turns }) => turns.length > 0);
}

interface Collected extends Conversation {
  readonly turns: Turn[];
  readonly client: 0 | 1;
  readonly halves: readonly [TcpHalf, TcpHalf];
}

interface Association {
  readonly halves: readonly [SctpHalf, SctpHalf];
}

class Collector implements HalfReceiver {
  readonly conversations: Conversation[] = [];
  private readonly associations = new FlowTable<Association>();
  private readonly flows = new FlowTable<Collected>();
  private current: Collected | undefined;

  packet(packet: Packet): void {
    if (packet.protocol === SCTP) return this.sctpPacket(packet);
    if (packet.protocol !== TCP && packet.protocol !== UDP) return;
    let flow = this.flows.find(packet);
    const { direction } = this.flows;
    const isTcp = packet.protocol === TCP;
    if (flow === undefined || (isTcp && packet.flags === SYN && flow.halves[direction].sawSyn)) {
      if (isTcp && (packet.flags & SYN) === 0) return;
      flow = this.open(packet, direction);
    }
    this.current = flow;
    if (isTcp) flow.halves[direction].segment(packet);
    else this.add(direction, packet.bytes.slice(packet.payloadStart, packet.payloadEnd), packet.at);
  }

  /** Associations that begin with INIT. */
  private sctpPacket(packet: Packet): void {
    let association = this.associations.find(packet);
    const { direction } = this.associations;
    const { bytes, at, payloadStart: start, payloadEnd: end } = packet;
    readChunks(bytes, { start, end, wireEnd: start + packet.payloadLength }, (chunk) => {
      if (chunk.type === INIT) association = this.associate(packet, direction);
      const half = association?.halves[direction];
      if (chunk.type === DATA || chunk.type === I_DATA) half?.data(chunk, bytes, at);
    });
  }

  private associate({ srcPort: clientPort, dstPort: serverPort }: Packet, client: 0 | 1): Association {
    const turns: Turn[] = [];
    const limits = { maxHeldBytes: 1_000_000, maxMessageBytes: 1_000_000, budget: { used: 0 } };
    const receiver = {
      message: (half: SctpHalf, bytes: Uint8Array, range: Range) =>
        void turns.push({
          side: half.direction === client ? 'client' : 'server',
          bytes: bytes.slice(range.start, range.end),
          at: range.at,
        }),
      gap: () => {},
    };
    const association = { halves: [new SctpHalf(0, receiver, limits), new SctpHalf(1, receiver, limits)] } as const;
    this.conversations.push({ transport: 'sctp', clientPort, serverPort, turns });
    this.associations.put(association);
    return association;
  }

  data(half: TcpHalf, bytes: Uint8Array, range: Range): void {
    this.add(half.direction, bytes.slice(range.start, range.end), range.at);
  }

  gap(): void {}

  private add(direction: 0 | 1, bytes: Uint8Array, at: number): void {
    const flow = this.current;
    if (bytes.length > 0) flow?.turns.push({ side: direction === flow.client ? 'client' : 'server', bytes, at });
  }

  private open(packet: Packet, client: 0 | 1): Collected {
    const limits = { maxHeldBytes: 1_000_000, budget: { used: 0 } };
    const halves = [new TcpHalf(0, this, limits), new TcpHalf(1, this, limits)] as const;
    halves[0].peer = halves[1];
    halves[1].peer = halves[0];
    const transport = packet.protocol === TCP ? 'tcp' : 'udp';
    const { srcPort: clientPort, dstPort: serverPort } = packet;
    const flow: Collected = { transport, clientPort, serverPort, turns: [], client, halves };
    this.conversations.push(flow);
    this.flows.put(flow);
    return flow;
  }
}
