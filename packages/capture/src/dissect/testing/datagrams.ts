/** Datagrams between clients and a server, read with all that can happen to conversations. */

import { JsonWriter } from '../../json/json-writer.ts';
import { PacketDecoder } from '../../packet/decoder.ts';
import type { Dissector } from '../dissector.ts';
import { createEngine } from '../engine.ts';

const LINK_RAW = 101;

export interface Datagram {
  /** Last byte of the client's address, and its port. */
  readonly host: number;
  readonly port: number;
  readonly from: 'client' | 'server';
  readonly payload: readonly number[];
  /** Microseconds since the one before. */
  readonly after: number;
  /** An error of the network quotes it. */
  readonly isRefused: boolean;
}

/** Where the server listens, and how many conversations are held. */
export interface Reading {
  readonly serverPort: number;
  readonly maxUdpFlows: number;
}

function ipv4(protocol: number, [from, to]: readonly number[], payload: readonly number[]): number[] {
  const length = 20 + payload.length;
  return [0x45, 0, length >> 8, length & 255, 0, 0, 0, 0, 64, protocol, 0, 0]
    .concat([10, 0, 0, from ?? 0, 10, 0, 0, to ?? 0])
    .concat(payload);
}

const SERVER_HOST = 53;

function packetsOf({ host, port, from, payload, isRefused }: Datagram, serverPort: number): number[][] {
  const isClient = from === 'client';
  const ports = isClient ? [port, serverPort] : [serverPort, port];
  const length = 8 + payload.length;
  const header = [...ports.flatMap((word) => [word >> 8, word & 255]), length >> 8, length & 255, 0, 0];
  const ends = isClient ? [host, SERVER_HOST] : [SERVER_HOST, host];
  const datagram = ipv4(17, ends, [...header, ...payload]);
  return isRefused ? [datagram, ipv4(1, ends.toReversed(), [3, 3, 0, 0, 0, 0, 0, 0, ...datagram])] : [datagram];
}

/** What is found in datagrams by a dissector alone, each call written as it is described. */
export function readDatagrams(
  datagrams: readonly Datagram[],
  dissector: Dissector,
  { serverPort, maxUdpFlows }: Reading,
) {
  const entries: string[] = [];
  const json = new JsonWriter();
  const engine = createEngine({
    dissectors: [dissector],
    limits: { maxUdpFlows, maxPending: 3, maxFaults: 2 },
    onCall: (call) => {
      json.length = 0;
      call.writeJson(json);
      const written = Buffer.from(json.written()).toString();
      if (written !== JSON.stringify(call.toEntry())) throw new Error(`not what is described: ${written}`);
      entries.push(written);
    },
  });
  const decoder = new PacketDecoder(engine);
  let at = 1_000_000;
  let lent: Uint8Array[] = [];
  for (const [index, datagram] of datagrams.entries()) {
    at += datagram.after;
    if (index % 4 === 0) engine.lend();
    for (const packet of packetsOf(datagram, serverPort)) {
      const bytes = Uint8Array.from(packet);
      lent.push(bytes);
      const { length } = bytes;
      decoder.frame({ bytes, start: 0, end: length, at, originalLength: length, interfaceId: 0, linkType: LINK_RAW });
    }
    // Every fourth time the bytes go away; in between some packets come that are not lent.
    if (index % 4 < 2) continue;
    engine.settle();
    for (const bytes of lent) bytes.fill(0xa5);
    lent = [];
  }
  engine.end();
  return { entries, faults: [...engine.counters.faults], flows: engine.flows, evicted: engine.counters.evictedFlows };
}
