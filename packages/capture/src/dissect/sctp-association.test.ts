import type { Entry } from '@kubeshark/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ICMP, type Packet } from '../packet/packet.ts';
import { ABORT, COOKIE_ACK, COOKIE_ECHO, INIT, INIT_ACK, SHUTDOWN, SHUTDOWN_COMPLETE } from '../packet/sctp.ts';
import { echo } from '../protocols/echo/index.ts';
import type { Side } from './dissector.ts';
import { createEngine } from './engine.ts';
import type { EngineLimits } from './limits.ts';
import { WireScript } from './testing/wire-script.ts';

const say = (id: number, words: string) => Uint8Array.of(id, 0, words.length, ...Buffer.from(words));

/** A chunk with its padding. */
function chunk(type: number, flags: number, value: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.set([type, flags]);
  bytes.writeUInt16BE(4 + value.length, 2);
  bytes.set(value, 4);
  return bytes;
}
const init = (type: number, tag: number, tsn: number) => {
  const value = Buffer.alloc(16);
  value.writeUInt32BE(tag);
  value.writeUInt32BE(tsn, 12);
  return chunk(type, 0, value);
};
const data = (tsn: number, payload: Uint8Array, { stream = 0, flags = 3 } = {}) => {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(tsn >>> 0);
  head.writeUInt16BE(stream, 4);
  return chunk(0, flags, Buffer.concat([head, payload]));
};
const empty = (type: number) => chunk(type, 0, new Uint8Array(0));

const handshake = (wire: WireScript, tag = 1): Packet[] => [
  wire.sctp('client', init(INIT, tag, 100)),
  wire.sctp('server', init(INIT_ACK, 2, 500)),
  wire.sctp('client', empty(COOKIE_ECHO)),
  wire.sctp('server', empty(COOKIE_ACK)),
];
const bye = (wire: WireScript) => [wire.sctp('client', empty(SHUTDOWN)), wire.sctp('client', empty(SHUTDOWN_COMPLETE))];

function run(packets: readonly Packet[], limits: Partial<EngineLimits> = {}) {
  const entries: Entry[] = [];
  const dissector = { ...echo, transports: ['sctp' as const] };
  const engine = createEngine({ onCall: (call) => entries.push(call.toEntry()), dissectors: [dissector], limits });
  for (const packet of packets) engine.packet(packet);
  engine.end();
  expect(engine.budget.used).toBe(0);
  return { entries, engine, summaries: entries.map(({ summary, errorText }) => errorText ?? summary) };
}

test('messages become calls with the facts of their association, whatever stream they came on', () => {
  const wire = new WireScript();
  const { entries } = run([
    ...handshake(wire),
    wire.sctp('client', data(100, say(1, 'hello'), { stream: 3 })),
    wire.sctp('server', data(500, say(1, 'hello'), { stream: 9 })),
    ...bye(wire),
  ]);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({
    protocol: 'echo',
    latency: 1,
    connection: {
      id: 'sctp-10.0.0.1:40000-10.0.0.2:1-1001000',
      transport: 'sctp',
      handshakeMillis: 3,
      rttMillis: 1,
      clientBytes: 8,
      serverBytes: 8,
      clientPackets: 3,
    },
  });
});

test('a message in fragments is one message', () => {
  const wire = new WireScript();
  const whole = say(1, 'hello');
  const { summaries } = run([
    ...handshake(wire),
    wire.sctp('client', data(100, whole.subarray(0, 3), { flags: 2 }), data(101, whole.subarray(3), { flags: 1 })),
    wire.sctp('server', data(500, whole)),
  ]);
  expect(summaries).toEqual(['ECHO hello']);
});

test('what nobody reads is an entry with its bytes, messages and the reason', () => {
  const wire = new WireScript();
  const { entries } = run([
    ...handshake(wire),
    wire.sctp('client', data(100, Buffer.from('\x01\0\0\0nobody'))),
    ...bye(wire),
  ]);
  expect(entries).toMatchObject([
    {
      protocol: 'sctp',
      status: 'closed',
      summary: '10 bytes sent, 0 received: not recognised',
      error: false,
      sctp: { state: 'closed', messages: 1, reason: 'not recognised' },
    },
  ]);
});

test.each<[string, (wire: WireScript) => Packet[], string, string]>([
  [
    'refused',
    (wire) => [wire.sctp('client', init(INIT, 1, 1)), wire.sctp('server', empty(ABORT))],
    'refused',
    'association refused',
  ],
  ['aborted', (wire) => [...handshake(wire), wire.sctp('server', empty(ABORT))], 'reset', 'association aborted'],
  [
    'never answered',
    (wire) => [wire.sctp('client', init(INIT, 1, 1)), wire.sctp('client', init(INIT, 1, 1))],
    'unanswered',
    'no answer to INIT (timeout)',
  ],
])('an association that is %s is an error', (_name, packets, status, errorText) => {
  expect(run(packets(new WireScript())).entries).toMatchObject([{ status, errorText, error: true, protocol: 'sctp' }]);
});

test('an ICMP error says why nobody answers', () => {
  const wire = new WireScript();
  const opening = wire.sctp('client', init(INIT, 1, 1));
  const quoted = Buffer.concat([
    Buffer.from('4500001c000040004084000000000000', 'hex').subarray(0, 12),
    Buffer.from([10, 0, 0, 1, 10, 0, 0, 2]),
    Buffer.from([40_000 >> 8, 40_000 & 0xff, 0, 1, 0, 0, 0, 0]),
  ]);
  const error = wire.udp('server', Buffer.concat([Buffer.from([3, 2, 0, 0, 0, 0, 0, 0]), quoted]));
  error.protocol = ICMP;
  error.srcPort = 0;
  error.dstPort = 0;
  const { entries } = run([opening, error]);
  expect(entries.find(({ protocol }) => protocol === 'sctp')).toMatchObject({
    error: true,
    errorText: expect.stringContaining('unreachable'),
  });
});

test('the same ends and ports open another association', () => {
  const wire = new WireScript();
  const { entries } = run([
    ...handshake(wire),
    wire.sctp('client', data(100, say(1, 'one'))),
    wire.sctp('server', data(500, say(1, 'one'))),
    ...handshake(wire, 77),
    wire.sctp('client', data(100, say(2, 'two'))),
    wire.sctp('server', data(500, say(2, 'two'))),
  ]);
  expect(entries.map(({ summary }) => summary)).toEqual(['ECHO one', 'ECHO two']);
  expect(new Set(entries.map(({ connection }) => connection.id)).size).toBe(2);
});

test('heartbeats of another path are no association', () => {
  const wire = new WireScript();
  expect(run([wire.sctp('client', empty(4)), wire.sctp('server', empty(5))]).entries).toEqual([]);
});

/** I-DATA (RFC 8260 §2.1). */
const iData = (tsn: number, payload: Uint8Array, { message = 0, fragment = 0, flags = 3 } = {}) => {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(tsn >>> 0);
  head.writeUInt32BE(message, 8);
  head.writeUInt32BE(fragment, 12);
  return chunk(64, flags, Buffer.concat([head, payload]));
};

test('messages sent side by side are calls', () => {
  const wire = new WireScript();
  const [one, two] = [say(1, 'one'), say(2, 'two')];
  const { summaries, engine } = run([
    ...handshake(wire),
    wire.sctp('client', iData(100, one.subarray(0, 3), { message: 1, flags: 2 }), iData(101, two, { message: 2 })),
    wire.sctp('client', iData(102, one.subarray(3), { message: 1, fragment: 1, flags: 1 })),
    wire.sctp('server', iData(500, two), iData(501, one, { message: 1 })),
    // The sender gives up a message that was never seen (RFC 8260 §2.3.1).
    wire.sctp('client', chunk(194, 0, Buffer.from('0000006900000000', 'hex'))),
    ...bye(wire),
  ]);
  expect(summaries).toEqual(['ECHO two', 'ECHO one']);
  expect([...engine.counters.faults]).toEqual([['sctp: chunks lost', 3]]);
});

/** The packet with the tag that its receiver chose. */
function tagged(tag: number, packet: Packet): Packet {
  Buffer.from(packet.bytes.buffer).writeUInt32BE(tag, packet.payloadStart + 4);
  return packet;
}

test('an end with several addresses is one association, whichever of them its packets come from and go to', () => {
  const wire = new WireScript();
  const other = new WireScript({ clientIp: [172, 16, 0, 9], serverIp: [10, 9, 0, 1] });
  const turned = new WireScript({ clientIp: [10, 9, 0, 3], serverIp: [10, 0, 0, 1] });
  const { entries, engine } = run([
    ...handshake(wire),
    tagged(2, wire.sctp('client', data(100, say(1, 'one')))),
    tagged(1, other.sctp('server', data(500, say(1, 'one')))),
    tagged(2, turned.sctp('client', data(101, say(2, 'two')))),
    tagged(1, wire.sctp('server', data(501, say(2, 'two')))),
    // Sent again over another path, as an INIT may be before anything else.
    other.sctp('client', init(INIT, 1, 100)),
    tagged(2, other.sctp('client', empty(SHUTDOWN))),
    tagged(2, other.sctp('client', empty(SHUTDOWN_COMPLETE))),
  ]);
  expect(entries.map(({ summary, connection }) => [summary, connection.id])).toEqual([
    ['ECHO one', 'sctp-10.0.0.1:40000-10.0.0.2:1-1001000'],
    ['ECHO two', 'sctp-10.0.0.1:40000-10.0.0.2:1-1001000'],
  ]);
  expect(engine.counters.sctpFlows).toBe(1);
});

test('a tag that nobody chose, or of other ports, makes an association of its own', () => {
  const wire = new WireScript();
  const stranger = new WireScript({ clientIp: [172, 16, 0, 9] });
  const ports = new WireScript({ clientIp: [172, 16, 0, 9], clientPort: 7 });
  const { engine } = run([
    ...handshake(wire),
    tagged(3, stranger.sctp('client', data(100, say(1, 'one')))),
    tagged(2, ports.sctp('client', data(100, say(1, 'one')))),
  ]);
  expect(engine.counters.sctpFlows).toBe(3);
});

test('broken chunks are counted by name', () => {
  const wire = new WireScript();
  const { engine } = run([...handshake(wire), wire.sctp('client', Buffer.from([0, 3, 255, 255]))]);
  expect([...engine.counters.faults]).toEqual([['sctp: bad chunk length', 1]]);
});

test('a storm: chunks dropped, doubled and changing places; calls untouched by a loss are found', () => {
  const numbers = Array.from({ length: 60 }, (_, index) => index);
  const fate = fc.constantFrom('pass', 'pass', 'pass', 'pass', 'double', 'swap', 'drop');
  fc.assert(
    fc.property(fc.array(fate, { minLength: 120, maxLength: 120 }), (fates) => {
      const wire = new WireScript();
      const sent = numbers.flatMap((id) => [
        { id, packet: wire.sctp('client' satisfies Side, data(100 + id, say(id, `call ${id}`))) },
        { id, packet: wire.sctp('server', data(500 + id, say(id, `call ${id}`))) },
      ]);
      const touched = new Set(sent.filter((_, index) => fates[index] === 'drop').map(({ id }) => id));
      const packets: Packet[] = [];
      for (const [index, { packet }] of sent.entries()) {
        if (fates[index] === 'drop') continue;
        // With the one before of the same end: an answer does not come before its question.
        if (fates[index] === 'swap' && index % 2 === 0) packets.splice(-2, 0, packet);
        else packets.push(packet);
        if (fates[index] === 'double') packets.push(packet);
      }
      const { entries } = run([...handshake(new WireScript()), ...packets]);
      const found = new Set(
        entries.filter(({ response, request }) => request && response).map(({ summary }) => summary),
      );
      for (const id of numbers) if (!touched.has(id)) expect(found).toContain(`ECHO call ${id}`);
    }),
    { numRuns: 30 },
  );
});

test('maxUdpFlows: a flood of INITs pushes out the longest idle', () => {
  const packets = Array.from({ length: 1000 }, (_, port) =>
    new WireScript({ clientPort: port + 1 }).sctp('client', init(INIT, port + 1, 1)),
  );
  const { engine } = run(packets, { maxUdpFlows: 100 });
  expect(engine.counters.evictedFlows).toBeGreaterThan(800);
});

test('maxBufferedBytes: chunks that wait are given up when all together are too many', () => {
  const wire = new WireScript();
  const packets = Array.from({ length: 200 }, (_, index) =>
    wire.sctp('client', data(102 + 2 * index, new Uint8Array(1000), { flags: 2 })),
  );
  const { engine } = run([...handshake(wire), ...packets], { maxBufferedBytes: 50_000 });
  expect(engine.counters.evictedFlows).toBe(1);
});
