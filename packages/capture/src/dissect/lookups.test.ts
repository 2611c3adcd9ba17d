/** Lookups are read by one reader with a row each: what it finds must be what a stream for each of them would find. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dns } from '../protocols/dns/index.ts';
import { radius } from '../protocols/radius/index.ts';
import { int, packet } from '../protocols/radius/testing/packets.ts';
import type { Dissector } from './dissector.ts';
import { createEngine } from './engine.ts';
import { type Datagram, readDatagrams } from './testing/datagrams.ts';
import { WireScript } from './testing/wire-script.ts';

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

const flags = fc.constantFrom(QUERY, QUERY, ANSWER, ANSWER, NO_SUCH_NAME);
const questions = fc
  .record({ id: fc.integer({ min: 1, max: 3 }), name: fc.constantFrom('a', 'b'), flags })
  .map(message);

/** A request, again or another of its number, and answers to them. */
const logins = fc
  .tuple(fc.constantFrom(1, 1, 4, 2, 2, 3, 5), fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 2))
  .map(([code, id, status]) => Array.from(packet(code, id, [[40, int(status)]], status)));

interface Kind {
  readonly dissector: Dissector;
  readonly serverPort: number;
  readonly messages: fc.Arbitrary<number[]>;
}

function datagramsOf({ messages, serverPort }: Kind): fc.Arbitrary<Datagram[]> {
  const payload = fc.oneof(
    { weight: 12, arbitrary: messages },
    { weight: 1, arbitrary: fc.array(fc.nat(255), { maxLength: 30 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
  const datagram: fc.Arbitrary<Datagram> = fc.record({
    host: fc.integer({ min: 1, max: 3 }),
    port: fc.constantFrom(40_000, 40_001, 5353, serverPort),
    from: fc.constantFrom('client', 'client', 'server'),
    payload,
    after: fc.constantFrom(0, 1000, 1000, 1000, 2_000_000, 16_000_000, 31_000_000),
    isRefused: fc.constantFrom(false, false, false, false, false, false, false, true),
  });
  return fc.array(datagram, { maxLength: 40 });
}

const kinds: readonly (readonly [string, Kind])[] = [
  ['DNS', { dissector: dns, serverPort: 53, messages: questions }],
  ['DNS at another port', { dissector: dns, serverPort: 1053, messages: questions }],
  ['RADIUS', { dissector: radius, serverPort: 1812, messages: logins }],
  ['RADIUS at another port', { dissector: radius, serverPort: 21_812, messages: logins }],
];
const rooms = [1000, 3];

test.each(kinds.flatMap(([name, kind]) => rooms.map((room) => [name, room, kind] as const)))(
  'lookups of %s give what streams give, with room for %i conversations',
  (_, maxUdpFlows, kind) => {
    const { dissector, serverPort } = kind;
    const { lookups: _lookups, ...asStreams } = dissector;
    const reading = { serverPort, maxUdpFlows };
    fc.assert(
      fc.property(datagramsOf(kind), (datagrams) => {
        expect(readDatagrams(datagrams, dissector, reading)).toEqual(readDatagrams(datagrams, asStreams, reading));
      }),
      { numRuns: 120 },
    );
  },
);

test('a server that was recognised at another port is asked without a flow for each question', () => {
  const { lookups } = dns;
  let begun = 0;
  const counting: Dissector = {
    ...dns,
    open: (context) => {
      begun++;
      return dns.open(context);
    },
    ...(lookups !== undefined && { lookups }),
  };
  const engine = createEngine({ dissectors: [counting], onCall: () => undefined });
  for (let port = 2000; port < 2010; port++) {
    const wire = new WireScript({ clientPort: port, serverPort: 1053 });
    engine.packet(wire.udp('client', Uint8Array.from(message({ id: 1, name: 'a', flags: QUERY }))));
  }
  expect(begun).toBe(1);
});

test('a reader that throws costs its conversation, and is counted', () => {
  const broken: Dissector = {
    ...dns,
    lookups: {
      ports: [53],
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
