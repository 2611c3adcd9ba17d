import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import type { Packet } from '../packet/packet.ts';
import { echo } from '../protocols/echo/index.ts';
import { createEngine, type Engine } from './engine.ts';
import type { EngineLimits } from './limits.ts';
import { ACK, FIN, RST, SYN, WireScript } from './testing/wire-script.ts';

const say = (id: number, words: string) => Uint8Array.of(id, 0, words.length, ...new TextEncoder().encode(words));

function run(packets: readonly Packet[], limits: Partial<EngineLimits> = {}) {
  const entries: Entry[] = [];
  const engine: Engine = createEngine({
    onCall: (call) => entries.push(call.toEntry()),
    dissectors: [echo],
    node: 'here',
    agentNumber: 7,
    limits,
  });
  for (const packet of packets) engine.packet(packet);
  engine.end();
  return { entries, engine, summaries: entries.map(({ summary, errorText }) => errorText ?? summary) };
}

const asked = (wire: WireScript, id = 1, words = 'hello') => wire.tcp('client', { data: say(id, words) });
const answered = (wire: WireScript, id = 1, words = 'hello') => wire.tcp('server', { data: say(id, words) });

test('a call becomes an entry with the facts of its connection', () => {
  const wire = new WireScript();
  const { entries } = run([...wire.handshake(), asked(wire), answered(wire), ...wire.bye()]);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({
    node: 'here',
    protocol: 'echo',
    timestamp: 1_004_000,
    latency: 1,
    src: { ip: '10.0.0.1', port: 40_000 },
    dst: { ip: '10.0.0.2', port: 1 },
    response: { text: 'hello', latency: 1 },
    connection: {
      id: 'tcp-10.0.0.1:40000-10.0.0.2:1-1001000',
      index: 0,
      handshakeMillis: 2,
      rttMillis: 1,
      firstByteMillis: 1,
      clientBytes: 8,
      clientPackets: 3,
      retransmissions: 0,
    },
    capture: { source: 'file' },
  });
  expect(BigInt(entries[0]?.id ?? 0) & 4095n).toBe(7n);
});

test('ids rise even when calls complete in the same packet', () => {
  const wire = new WireScript();
  const both = Uint8Array.of(...say(1, 'one'), ...say(2, 'two'));
  const { entries } = run([
    ...wire.handshake(),
    wire.tcp('client', { data: both }),
    wire.tcp('server', { data: both }),
  ]);
  const [first, second] = entries.map(({ id }) => BigInt(id));
  expect((second ?? 0n) > (first ?? 0n)).toBe(true);
});

test.each<[string, (wire: WireScript) => Packet[], readonly string[]]>([
  [
    'a stream joined in the middle, the server known by nothing',
    (wire) => [asked(wire), answered(wire)],
    ['ECHO hello'],
  ],
  [
    'segments out of order',
    (wire) => {
      const [a, b] = [
        wire.tcp('client', { data: say(1, 'hello').subarray(0, 4) }),
        wire.tcp('client', { data: 'ello' }),
      ];
      return [...wire.handshake(), b, a, answered(wire)];
    },
    ['ECHO hello'],
  ],
  [
    'a retransmission with other bytes: the first wins',
    (wire) => [...wire.handshake(), asked(wire), wire.tcp('client', { at: 0, data: say(1, 'other') }), answered(wire)],
    ['ECHO hello'],
  ],
  [
    'an answer captured before its request',
    (wire) => {
      const packets = [asked(wire), answered(wire)];
      return [...wire.handshake(), ...packets.reverse()];
    },
    ['ECHO hello'],
  ],
  [
    'a SYN captured behind the data',
    (wire) => {
      const [syn, ...rest] = wire.handshake();
      return [...rest, asked(wire), ...(syn === undefined ? [] : [syn]), answered(wire)];
    },
    ['ECHO hello'],
  ],
  [
    'a lost segment: the next call is found',
    (wire) => {
      const packets = [asked(wire, 1, 'gone'), asked(wire, 2, 'here'), answered(wire, 2, 'here')];
      return [...wire.handshake(), ...packets.slice(1), ...wire.bye()];
    },
    ['ECHO here'],
  ],
  [
    'a packet cut by the snap length',
    (wire) => [
      ...wire.handshake(),
      asked(wire, 1, 'whole'),
      wire.tcp('client', { data: say(2, 'cut'), captured: 4 }),
      asked(wire, 3, 'after'),
      answered(wire, 3, 'after'),
    ],
    ['ECHO after', 'no response'],
  ],
  [
    'keep-alives',
    (wire) => [...wire.handshake(), asked(wire), wire.tcp('client', { at: 7, data: '\0' }), answered(wire)],
    ['ECHO hello'],
  ],
  [
    'only the server is seen',
    (wire) => [...wire.handshake().slice(1, 2), answered(wire, 1, 'hello'), answered(wire, 2, 'again')],
    ['ECHO hello', 'ECHO again'],
  ],
  [
    'a port used again',
    (wire) => {
      const again = new WireScript({}, { client: 777_000, server: 888_000 });
      return [...wire.handshake(), asked(wire), answered(wire), ...again.handshake(), asked(again), answered(again)];
    },
    ['ECHO hello', 'ECHO hello'],
  ],
  [
    'a reset in the middle of a call',
    (wire) => [...wire.handshake(), asked(wire), wire.tcp('server', { flags: RST })],
    ['connection reset'],
  ],
  [
    'a refused connection',
    (wire) => [wire.tcp('client', { flags: SYN, at: -1 }), wire.tcp('server', { flags: RST | ACK })],
    ['connection refused'],
  ],
  [
    'a SYN sent again and never answered',
    (wire) => [wire.tcp('client', { flags: SYN, at: -1 }), wire.tcp('client', { flags: SYN, at: -1 })],
    ['no answer to SYN (timeout)'],
  ],
  [
    'a stream nobody knows',
    (wire) => [...wire.handshake(), wire.tcp('client', { data: '\0\0\0\0\0' }), ...wire.bye()],
    ['5 bytes sent, 0 received: not recognised'],
  ],
  ['datagrams', (wire) => [wire.udp('client', say(1, 'hello')), wire.udp('server', say(1, 'hello'))], ['ECHO hello']],
])('%s', (_, packets, expected) => {
  expect(run(packets(new WireScript())).summaries).toEqual(expected);
});

test('a flood of half-open connections stays within the limit and pushes out the oldest', () => {
  const syns = Array.from({ length: 500 }, (_, i) =>
    new WireScript({ clientPort: i }).tcp('client', { flags: SYN, at: -1, time: 1000 + i }),
  );
  const entries: Entry[] = [];
  const engine = createEngine({
    onCall: (call) => entries.push(call.toEntry()),
    dissectors: [echo],
    limits: { maxTcpFlows: 64 },
  });
  for (const syn of syns) {
    engine.packet(syn);
    expect(engine.flows).toBeLessThanOrEqual(64);
  }
  expect(engine.counters.evictedFlows).toBeGreaterThanOrEqual(436);
  expect(entries[0]?.src.port).toBe(0);
});

test('unread bytes of all streams stay within the budget', () => {
  const limits = { maxBufferedBytes: 50_000 };
  const engine = createEngine({ onCall: () => {}, dissectors: [echo], limits });
  for (let port = 0; port < 100; port++) {
    const wire = new WireScript({ clientPort: 1000 + port });
    const cut = Uint8Array.of(1, 15, 0, ...new Uint8Array(3000).fill(0x61));
    for (const packet of [...wire.handshake(), wire.tcp('client', { data: cut })]) engine.packet(packet);
    expect(engine.budget.used).toBeLessThanOrEqual(60_000);
  }
  expect(engine.counters.evictedFlows).toBeGreaterThan(0);
  engine.end();
  expect(engine.budget.used).toBe(0);
  expect(engine.flows).toBe(0);
});

test('connections end when both sides did, and are forgotten after lingering', () => {
  const wire = new WireScript();
  const engine = createEngine({ onCall: () => {}, dissectors: [echo] });
  for (const packet of [...wire.handshake(), ...wire.bye(), wire.tcp('server', { flags: FIN | ACK, at: 0 })])
    engine.packet(packet);
  engine.tick(10_000_000);
  expect(engine.flows).toBe(0);
});

test.each([
  ['the handshake', (wire: WireScript) => wire.handshake(), '000003e8-fffffff0'],
  ['the half of it', (wire: WireScript) => wire.handshake().slice(1), undefined],
  ['nothing of it', () => [], undefined],
])('a connection that was seen with %s tells its initial sequence numbers where they are wanted', (_, begin, isn) => {
  for (const tellsNumbers of [true, false]) {
    const wire = new WireScript();
    const isns: unknown[] = [];
    const json = new JsonWriter();
    const engine = createEngine({
      onCall: (call) => {
        json.length = 0;
        call.writeJson(json);
        const entry = call.toEntry();
        expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify(entry));
        isns.push(entry.connection.isn);
      },
      dissectors: [echo],
      tellsNumbers,
    });
    for (const packet of [...begin(wire), asked(wire), answered(wire)]) engine.packet(packet);
    expect(isns).toEqual([tellsNumbers ? isn : undefined]);
  }
});
