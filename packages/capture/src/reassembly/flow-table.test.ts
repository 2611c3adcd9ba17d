import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Packet, TCP, UDP } from '../packet/packet.ts';
import { FlowTable, flowHash } from './flow-table.ts';

interface Ends {
  readonly version: 4 | 6;
  readonly protocol: number;
  readonly src: number;
  readonly dst: number;
  readonly srcPort: number;
  readonly dstPort: number;
}

function packetOf({ version, protocol, src, dst, srcPort, dstPort }: Ends): Packet {
  const packet = new Packet();
  const length = version === 4 ? 4 : 16;
  packet.bytes = new Uint8Array(2 * length);
  packet.bytes[length - 1] = src;
  packet.bytes[2 * length - 1] = dst;
  packet.ipVersion = version;
  packet.protocol = protocol;
  packet.dstIp = length;
  packet.srcPort = srcPort;
  packet.dstPort = dstPort;
  return packet;
}

const ends: fc.Arbitrary<Ends> = fc.record({
  version: fc.constantFrom(4, 6),
  protocol: fc.constantFrom(TCP, UDP),
  src: fc.nat(3),
  dst: fc.nat(3),
  srcPort: fc.nat(9),
  dstPort: fc.nat(9),
});

/** One key for both directions, as a Map would have it. */
function keyOf({ version, protocol, src, dst, srcPort, dstPort }: Ends): string {
  return [version, protocol, ...[`${src}:${srcPort}`, `${dst}:${dstPort}`].sort()].join(' ');
}

test('it finds what a Map of texts finds, through growth and removals', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(ends, fc.nat(20)), { maxLength: 3000, size: 'max' }), (steps) => {
      const table = new FlowTable<{ readonly key: string }>();
      const expected = new Map<string, { readonly key: string }>();
      for (const [end, action] of steps) {
        const key = keyOf(end);
        expect(table.find(packetOf(end))).toBe(expected.get(key));
        if (action === 0) {
          const doomed = new Set([...expected.keys()].filter((_, index) => index % 3 === 0));
          table.removeIf((flow) => doomed.has(flow.key));
          for (const gone of doomed) expected.delete(gone);
        } else if (!expected.has(key)) {
          const flow = { key };
          table.put(flow);
          expected.set(key, flow);
        }
        expect(table.size).toBe(expected.size);
      }
      expect(new Set(table.values())).toEqual(new Set(expected.values()));
    }),
    { numRuns: 20 },
  );
});

test('both directions are one flow, told apart by direction', () => {
  const table = new FlowTable<object>();
  const there = { version: 4, protocol: TCP, src: 1, dst: 2, srcPort: 40_000, dstPort: 80 } as const;
  table.find(packetOf(there));
  table.put({});
  const { direction } = table;
  const back = { ...there, src: 2, dst: 1, srcPort: 80, dstPort: 40_000 };
  expect(table.find(packetOf(back))).toBeDefined();
  expect(table.direction).toBe(1 - direction);
});

test('ends chosen to have one hash have it for one seed only', () => {
  const known = 7;
  const multiplier = 0x9e3779b1;
  // By Newton's method, modulo 2^32.
  let inverse = multiplier;
  for (let step = 0; step < 5; step++) inverse = Math.imul(inverse, 2 - Math.imul(multiplier, inverse));
  const mix = (h: number, word: number) => Math.imul(h ^ word, multiplier) ^ (h >>> 15);
  const chosen = Array.from({ length: 1000 }, (_, port) => {
    const key = Int32Array.of((TCP << 8) | 4, (80 << 16) | port, 0x0a000001, 0, 0, 0, 0, 0, 0, 0);
    const before = [0, 1, 2].reduce((h, word) => mix(h, key[word] ?? 0), known);
    key[3] = before ^ Math.imul(0x5eed ^ (before >>> 15), inverse);
    return key;
  });
  const hashes = (seed: number) => new Set(chosen.map((key) => flowHash(key, 0, seed))).size;
  expect(hashes(known)).toBe(1);
  // As many as hashes of 32 bits that nobody chose: next to none come twice.
  for (const seed of [0, 1, -1, 0x12345678]) expect(hashes(seed)).toBeGreaterThan(990);
});
