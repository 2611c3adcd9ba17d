import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACK, FIN, Packet, SYN } from '../packet/packet.ts';
import { type HalfReceiver, type Range, TcpHalf } from './tcp-half.ts';

const TEXT = 'The quick brown fox jumps over the lazy dog, again and again.';
const WAIT = { reorder: 50_000, hole: 1_000_000 };

/** What a direction yielded: text, and `<n>` for n lost bytes. */
class Yield implements HalfReceiver {
  text = '';
  data(_: TcpHalf, bytes: Uint8Array, { start, end }: Range): void {
    this.text += new TextDecoder('latin1').decode(bytes.subarray(start, end));
  }
  gap(_: TcpHalf, length: number): void {
    this.text += `<${length}>`;
  }
}

interface Sent {
  /** Offset in the stream. */
  readonly at: number;
  readonly data?: string;
  readonly flags?: number;
  readonly captured?: number;
  readonly time?: number;
}

function pair(initial = 0xffff_fff0, maxHeldBytes = 100_000) {
  const received = new Yield();
  const limits = { maxHeldBytes, budget: { used: 0 } };
  const half = new TcpHalf(0, received, limits);
  const peer = new TcpHalf(1, new Yield(), limits);
  half.peer = peer;
  peer.peer = half;
  const send = ({ at, data = '', flags = ACK, captured, time = 0 }: Sent) => {
    const packet = new Packet();
    packet.bytes = Buffer.from(data, 'latin1');
    packet.payloadLength = data.length;
    packet.payloadEnd = captured ?? data.length;
    packet.seq = (initial + 1 + at) | 0;
    packet.flags = flags;
    packet.at = time;
    half.segment(packet);
  };
  return { half, received, send, limits };
}

test('any order, doubling and overlap of segments gives the stream', () => {
  const segment = fc.tuple(fc.nat(TEXT.length - 1), fc.integer({ min: 1, max: 20 }));
  fc.assert(
    fc.property(
      fc.array(segment, { maxLength: 40 }),
      fc.nat(0xffff_ffff),
      fc.infiniteStream(fc.nat()),
      (extra, initial, picks) => {
        const { half, received, send, limits } = pair(initial);
        send({ at: -1, flags: SYN });
        const whole = Array.from({ length: Math.ceil(TEXT.length / 7) }, (_, index) => [index * 7, 7] as const);
        const waiting = [...whole, ...extra];
        while (waiting.length > 0) {
          const [picked] = waiting.splice((picks.next().value ?? 0) % waiting.length, 1);
          const [at, length] = picked ?? [0, 0];
          send({ at, data: TEXT.slice(at, at + length) });
        }
        expect(received.text).toBe(TEXT);
        expect(half.waiting).toBe(false);
        expect(limits.budget.used).toBe(0);
      },
    ),
  );
});

test.each<[string, readonly Sent[], string, Partial<TcpHalf>]>([
  [
    'in order',
    [
      { at: 0, data: 'abc' },
      { at: 3, data: 'def' },
    ],
    'abcdef',
    { retransmissions: 0 },
  ],
  [
    'a retransmission',
    [
      { at: 0, data: 'abc' },
      { at: 0, data: 'abc', time: 300_000 },
    ],
    'abc',
    { retransmissions: 1 },
  ],
  [
    'the same packet twice',
    [
      { at: 0, data: 'abc' },
      { at: 0, data: 'abc', time: 10 },
    ],
    'abc',
    { duplicates: 1, retransmissions: 0 },
  ],
  [
    'an overlap: the first wins',
    [
      { at: 0, data: 'abc' },
      { at: 1, data: 'XYZ' },
    ],
    'abcZ',
    { overlaps: 1 },
  ],
  [
    'an overlap of what waits: the first wins',
    [
      { at: 2, data: 'cd' },
      { at: 1, data: 'BCDE' },
      { at: 0, data: 'a' },
    ],
    'aBcdE',
    {},
  ],
  [
    'a keep-alive',
    [
      { at: 0, data: 'abc' },
      { at: 2, data: '\0' },
    ],
    'abc',
    { keepAlives: 1 },
  ],
  ['a super-packet', [{ at: 0, data: 'x'.repeat(65_000) }], 'x'.repeat(65_000), { packets: 2 }],
  [
    'a packet cut by the snap length',
    [
      { at: 0, data: 'abcdef', captured: 2 },
      { at: 6, data: 'g' },
    ],
    'ab<4>g',
    { lostBytes: 4 },
  ],
  [
    'data after the FIN of an earlier number',
    [
      { at: 0, data: 'ab', flags: FIN | ACK },
      { at: 0, data: 'ab' },
    ],
    'ab',
    { ended: true },
  ],
  [
    'a FIN before the data',
    [
      { at: 2, flags: FIN | ACK },
      { at: 0, data: 'ab' },
    ],
    'ab',
    { ended: true },
  ],
  [
    'numbers of another connection',
    [
      { at: 0, data: 'ab' },
      { at: 2 ** 31 - 5, data: 'far' },
    ],
    'ab<0>far',
    { gaps: 1 },
  ],
])('%s', (_, segments, expected, counts) => {
  const { half, received, send } = pair();
  send({ at: -1, flags: SYN });
  for (const segment of segments) send(segment);
  expect(received.text).toBe(expected);
  expect(half).toMatchObject(counts);
});

test('a hole waits for its retransmission, and no longer', () => {
  const { half, received, send } = pair();
  send({ at: -1, flags: SYN });
  send({ at: 3, data: 'def', time: 1000 });
  half.expire(900_000, WAIT);
  expect(received.text).toBe('');
  half.expire(1_001_000, WAIT);
  expect(received.text).toBe('<3>def');
});

test('a hole the other end has acknowledged is given up soon', () => {
  const { half, received, send } = pair(0);
  send({ at: -1, flags: SYN });
  send({ at: 3, data: 'def', time: 1000 });
  half.acknowledge(7);
  half.expire(20_000, WAIT);
  expect(received.text).toBe('');
  half.expire(51_000, WAIT);
  expect(received.text).toBe('<3>def');
});

test('what waits stays within its limit, small segments included', () => {
  const { half, received, send } = pair(0, 10_000);
  send({ at: -1, flags: SYN });
  for (let at = 1; at < 2000; at += 2) {
    send({ at, data: 'x' });
    expect(half.heldBytes).toBeLessThanOrEqual(10_000);
  }
  expect(received.text.startsWith('<1>x<1>x')).toBe(true);
});

test('what is dropped gives its memory back', () => {
  const { half, send, limits } = pair();
  send({ at: -1, flags: SYN });
  send({ at: 5, data: 'later' });
  expect(limits.budget.used).toBeGreaterThan(0);
  half.drop();
  expect(limits.budget.used).toBe(0);
});
