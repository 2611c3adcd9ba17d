/** Lookups are read by one reader with a row each: what it finds must be what a stream for each of them would find. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { PacketDecoder } from '../packet/decoder.ts';
import { dns } from '../protocols/dns/index.ts';
import type { Dissector } from './dissector.ts';
import { createEngine } from './engine.ts';
import { WireScript } from './testing/wire-script.ts';

const { lookups: _, ...asStreams } = dns;
const LINK_RAW = 101;

/** Header flags of a query, an answer, and one that says there is no such name. */
const QUERY = [0x01, 0x00];
const ANSWER = [0x81, 0x80];
const NO_SUCH_NAME = [0x81, 0x83];

interface Message {
  readonly id: number;
  /** One letter. */
  readonly name: string;
  readonly flags: readonly number[];
}

function message({ id, name, flags }: Message): number[] {
  const isAnswer = flags === ANSWER;
  const address = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, id];
  const question = [1, name.charCodeAt(0), 0, 0, 1, 0, 1];
  return [0, id, ...flags, 0, 1, 0, isAnswer ? 1 : 0, 0, 0, 0, 0, ...question, ...(isAnswer ? address : [])];
}

interface Datagram {
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

function ipv4(protocol: number, [from, to]: readonly number[], payload: readonly number[]): number[] {
  const length = 20 + payload.length;
  return [0x45, 0, length >> 8, length & 255, 0, 0, 0, 0, 64, protocol, 0, 0]
    .concat([10, 0, 0, from ?? 0, 10, 0, 0, to ?? 0])
    .concat(payload);
}

const SERVER_HOST = 53;

function packetsOf({ host, port, from, payload, isRefused }: Datagram): number[][] {
  const isClient = from === 'client';
  const ports = isClient ? [port, 53] : [53, port];
  const length = 8 + payload.length;
  const header = [...ports.flatMap((word) => [word >> 8, word & 255]), length >> 8, length & 255, 0, 0];
  const ends = isClient ? [host, SERVER_HOST] : [SERVER_HOST, host];
  const datagram = ipv4(17, ends, [...header, ...payload]);
  return isRefused ? [datagram, ipv4(1, ends.toReversed(), [3, 3, 0, 0, 0, 0, 0, 0, ...datagram])] : [datagram];
}

function read(datagrams: readonly Datagram[], dissector: Dissector, maxUdpFlows: number) {
  const entries: string[] = [];
  const json = new JsonWriter();
  const engine = createEngine({
    dissectors: [dissector],
    limits: { maxUdpFlows, maxPending: 3, maxFaults: 2 },
    onCall: (call) => {
      json.length = 0;
      call.writeJson(json);
      const written = Buffer.from(json.written()).toString();
      expect(written).toBe(JSON.stringify(call.toEntry()));
      entries.push(written);
    },
  });
  const decoder = new PacketDecoder(engine);
  let at = 1_000_000;
  let lent: Uint8Array[] = [];
  for (const [index, datagram] of datagrams.entries()) {
    at += datagram.after;
    if (index % 4 === 0) engine.lend();
    for (const packet of packetsOf(datagram)) {
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

const flags = fc.constantFrom(QUERY, QUERY, ANSWER, ANSWER, NO_SUCH_NAME);
const payload = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ id: fc.integer({ min: 1, max: 3 }), name: fc.constantFrom('a', 'b'), flags }).map(message),
  },
  { weight: 1, arbitrary: fc.array(fc.nat(255), { maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constant([]) },
);
const datagram: fc.Arbitrary<Datagram> = fc.record({
  host: fc.integer({ min: 1, max: 3 }),
  port: fc.constantFrom(40_000, 40_001, 5353, 53),
  from: fc.constantFrom('client', 'client', 'server'),
  payload,
  after: fc.constantFrom(0, 1000, 1000, 1000, 2_000_000, 16_000_000),
  isRefused: fc.constantFrom(false, false, false, false, false, false, false, true),
});

test.each([1000, 3])('lookups give what streams give, with room for %i conversations', (room) => {
  fc.assert(
    fc.property(fc.array(datagram, { maxLength: 40 }), (datagrams) => {
      expect(read(datagrams, dns, room)).toEqual(read(datagrams, asStreams, room));
    }),
    { numRuns: 120 },
  );
});

test('a reader that throws costs its conversation, and is counted', () => {
  const broken: Dissector = {
    ...asStreams,
    lookups: {
      port: 53,
      open: () => ({
        read: () => ({}),
        opens: () => true,
        take: () => {
          throw new Error('broken');
        },
        close: () => {},
        settle: () => {},
      }),
      goOn: (context) => dns.open(context),
    },
  };
  const entries: unknown[] = [];
  const engine = createEngine({ dissectors: [broken], onCall: (call) => entries.push(call.toEntry()) });
  const wire = new WireScript({ serverPort: 53 });
  const query = Uint8Array.from(message({ id: 1, name: 'a', flags: QUERY }));
  for (const side of ['client', 'server'] as const) engine.packet(wire.udp(side, query));
  engine.end();
  expect([...engine.counters.faults]).toEqual([['dns: bug: Error: broken', 1]]);
  expect(entries).toMatchObject([{ protocol: 'udp', connection: { clientPackets: 1, serverPackets: 1 } }]);
});

test('conversations of a flood of lookups are bounded, and so is what waits in each', () => {
  const limits = { maxUdpFlows: 100, maxPending: 10 };
  let calls = 0;
  const engine = createEngine({ dissectors: [dns], limits, onCall: () => calls++ });
  for (let port = 1024; port < 3024; port++) {
    const wire = new WireScript({ clientPort: port, serverPort: 53 });
    engine.packet(wire.udp('client', Uint8Array.from(message({ id: 1, name: 'a', flags: QUERY }))));
    expect(engine.flows).toBeLessThanOrEqual(100);
  }
  expect(calls).toBe(engine.counters.evictedFlows);
  const wire = new WireScript({ clientPort: 999, serverPort: 53 });
  const before = calls;
  for (let id = 0; id < 30; id++) {
    engine.packet(wire.udp('client', Uint8Array.from(message({ id, name: 'a', flags: QUERY }))));
  }
  expect(calls - before).toBeGreaterThanOrEqual(20);
  engine.end();
  expect(engine.flows).toBe(0);
  expect(calls).toBe(2030);
});
