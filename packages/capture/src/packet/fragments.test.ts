import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PacketDecoder } from './decoder.ts';
import {
  FRAGMENT_OVERHEAD,
  FRAGMENT_TIMEOUT,
  type Fragment,
  FragmentTable,
  MAX_DATAGRAMS,
  MAX_FRAGMENT_BYTES,
  MAX_FRAGMENTS,
  MAX_REASSEMBLIES,
} from './fragments.ts';
import { bytesOf, ipv4, ipv6 } from './testing/frames.ts';

const word = (value: number) => value.toString(16).padStart(4, '0');
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Decodes raw IP packets in a row: what came of each datagram, and the reasons of those that came to nothing. */
function decodeAll(packets: readonly string[]): string[] {
  const results: string[] = [];
  const decoder = new PacketDecoder({
    packet: ({ ipVersion, protocol, srcPort, dstPort, bytes, payloadStart, payloadEnd }) =>
      void results.push(
        `ip${ipVersion} ${protocol} ${srcPort}>${dstPort} ${hexOf(bytes.subarray(payloadStart, payloadEnd))}`,
      ),
    skipped: (reason) => void results.push(reason),
  });
  for (const [at, hex] of packets.entries()) {
    const bytes = bytesOf(hex);
    const frame = { bytes, start: 0, end: bytes.length, originalLength: bytes.length, interfaceId: 0 };
    decoder.frame({ ...frame, at, linkType: 101 });
  }
  decoder.end();
  return results;
}

interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly more: boolean;
}

const asIpv4 = ({ offset, bytes, more }: Part) =>
  ipv4('11', word(20 + bytes.length)).replace('0000 4000', `0007 ${word(offset / 8 + (more ? 0x2000 : 0))}`) +
  hexOf(bytes);

/** Behind a destination options header, which every fragment repeats. */
const asIpv6 = ({ offset, bytes, more }: Part) =>
  `${ipv6('3c', word(16 + bytes.length))} 2c 00 000000000000  11 00 ${word(offset + (more ? 1 : 0))} 00000007 ${hexOf(bytes)}`;

/** A UDP datagram of this payload. */
const datagramOf = (payload: Uint8Array) =>
  Buffer.concat([bytesOf(`0035 1000 ${word(8 + payload.length)} 0000`), payload]);

function partsOf(bytes: Uint8Array, size: number): Part[] {
  const parts: Part[] = [];
  for (let offset = 0; offset < bytes.length; offset += size) {
    parts.push({ offset, bytes: bytes.subarray(offset, offset + size), more: offset + size < bytes.length });
  }
  return parts;
}

const arrival = fc
  .record({ payload: fc.uint8Array({ minLength: 9, maxLength: 600 }), units: fc.integer({ min: 1, max: 12 }) })
  .chain(({ payload, units }) => {
    const parts = partsOf(datagramOf(payload), units * 8);
    return fc.record({
      payload: fc.constant(payload),
      parts: fc.shuffledSubarray(parts, { minLength: parts.length }),
    });
  })
  .filter(({ parts }) => parts.length > 1);

test.each([
  ['IPv4', 'ip4', asIpv4],
  ['IPv6', 'ip6', asIpv6],
])('%s fragments in any order give the same datagram', (_name, ip, packetOf) => {
  fc.assert(
    fc.property(arrival, ({ payload, parts }) => {
      expect(decodeAll(parts.map(packetOf))).toEqual([`${ip} 17 53>4096 ${hexOf(payload)}`]);
    }),
  );
});

const [first = '', second = '', third = ''] = partsOf(datagramOf(new Uint8Array(16).fill(7)), 8).map(asIpv4);
const whole = `ip4 17 53>4096 ${'07'.repeat(16)}`;

test.each([
  ['a missing piece', [first, third], ['ip fragment: incomplete']],
  ['a repeated piece', [first, first, second, third], ['ip fragment: repeated', whole]],
  [
    'a piece that overlaps in part',
    [first, asIpv4({ offset: 0, bytes: new Uint8Array(16), more: true })],
    ['ip fragment: overlap'],
  ],
  [
    'a piece behind the end',
    [third, asIpv4({ offset: 64, bytes: new Uint8Array(8), more: true })],
    ['ip fragment: overlap'],
  ],
  ['two ends', [third, asIpv4({ offset: 8, bytes: new Uint8Array(8), more: false })], ['ip fragment: overlap']],
  [
    'a piece of no whole units',
    [asIpv4({ offset: 0, bytes: new Uint8Array(7), more: true })],
    ['ip fragment: bad length'],
  ],
  ['an empty piece', [asIpv4({ offset: 8, bytes: new Uint8Array(0), more: false })], ['ip fragment: bad length']],
  [
    'a piece beyond the longest datagram',
    [asIpv4({ offset: 65_528, bytes: new Uint8Array(8), more: false })],
    ['ip fragment: bad length'],
  ],
  ['a cut IPv4 piece', [first.slice(0, -4)], ['ipv4: cut fragment']],
  [
    'a cut IPv6 piece',
    [asIpv6({ offset: 0, bytes: new Uint8Array(8), more: true }).slice(0, -4)],
    ['ipv6: cut fragment'],
  ],
  ['half a fragment header', [`${ipv6('2c', '0004')} 11 00 0000`], ['ipv6: short extension header']],
  [
    'an only IPv6 fragment',
    [`${ipv6('2c', '0012')} 11 00 0000 00000007 0035 1000 000a 0000 6869`],
    ['ip6 17 53>4096 6869'],
  ],
])('%s', (_name, packets, expected) => {
  expect(decodeAll(packets)).toEqual(expected);
});

test('a fragmented tunnel packet is opened', () => {
  const inner = `${ipv4('11', '001e')} 0035 1000 000a 0000 6869`;
  const parts = partsOf(bytesOf(inner), 16).map((part) => asIpv4(part).replace('40 11 0000', '40 04 0000'));
  expect(decodeAll(parts)).toEqual(['ip4 17 53>4096 6869']);
});

/** One IPv6 frame that completes this many datagrams, each holding the last fragment of the next. */
function chained(length: number): string[] {
  const header = (next: string, id: number, field: string) => `${next} 00 ${field} ${id.toString(16).padStart(8, '0')}`;
  const packet = (content: string) => `${ipv6('2c', word(bytesOf(content).length))} ${content}`;
  const next = (id: number) => (id === 0 ? '11' : '2c');
  const links = Array.from({ length: length - 1 }, (_, index) => index + 1);
  return [
    packet(`${header('11', 0, '0001')} 0035 1000 000a 0000`),
    ...links.map((id) => packet(`${header('2c', id, '0001')} ${header(next(id - 1), id - 1, '0008')}`)),
    packet(`${header(next(length - 1), length - 1, '0008')} 6869`),
  ];
}

test('one frame completes at most so many datagrams', () => {
  expect(decodeAll(chained(MAX_REASSEMBLIES))).toEqual(['ip6 17 53>4096 6869']);
  expect(decodeAll(chained(MAX_REASSEMBLIES + 1))).toEqual(['ip fragment: too deep', 'ip fragment: incomplete']);
});

const fragment = (fields: Partial<Fragment>): Fragment => ({
  key: 'a',
  at: 0,
  header: new Uint8Array(20),
  offset: 0,
  bytes: new Uint8Array(8),
  isLast: false,
  ...fields,
});

test('what waits longer than the timeout is given up', () => {
  const lost: string[] = [];
  const table = new FragmentTable((reason) => void lost.push(reason));
  table.add(fragment({ at: 0 }));
  table.add(fragment({ at: FRAGMENT_TIMEOUT, key: 'b' }));
  expect([table.size, lost]).toEqual([2, []]);
  table.add(fragment({ at: FRAGMENT_TIMEOUT + 1, key: 'c' }));
  expect([table.size, lost]).toEqual([2, ['ip fragment: incomplete']]);
});

test('a flood holds no more than the limits', () => {
  const table = new FragmentTable(() => {});
  for (let key = 0; key < MAX_DATAGRAMS * 2; key++) table.add(fragment({ key: `${key}` }));
  expect(table.size).toBe(MAX_DATAGRAMS);
  for (let key = 0; key < 200; key++) table.add(fragment({ key: `long ${key}`, bytes: new Uint8Array(65_528) }));
  expect(table.held).toBeLessThanOrEqual(MAX_FRAGMENT_BYTES);
  for (let piece = 0; piece <= MAX_FRAGMENTS; piece++) table.add(fragment({ key: 'many', offset: piece * 16 }));
  table.end();
  expect([table.size, table.held]).toEqual([0, 0]);
});

test('one datagram has at most so many pieces', () => {
  const lost: string[] = [];
  const table = new FragmentTable((reason) => void lost.push(reason));
  for (let piece = 0; piece < MAX_FRAGMENTS; piece++) table.add(fragment({ offset: piece * 16 }));
  expect([table.held, lost]).toEqual([MAX_FRAGMENTS * (8 + FRAGMENT_OVERHEAD), []]);
  table.add(fragment({ offset: MAX_FRAGMENTS * 16 }));
  expect([table.size, table.held, lost]).toEqual([0, 0, ['ip fragment: too many']]);
});

test('lying fragments neither throw nor leave anything behind', () => {
  const lie = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    at: fc.integer({ min: 0, max: FRAGMENT_TIMEOUT * 3 }),
    offset: fc.nat(12).map((units) => units * 8),
    bytes: fc.uint8Array({ maxLength: 40 }),
    isLast: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(lie, { maxLength: 60 }), (lies) => {
      const table = new FragmentTable(() => {});
      for (const fields of lies) {
        const datagram = table.add(fragment(fields));
        expect(datagram?.length ?? 0).toBeLessThanOrEqual(20 + 12 * 8 + 40);
        expect(table.size).toBeLessThanOrEqual(3);
      }
      table.end();
      expect([table.size, table.held]).toEqual([0, 0]);
    }),
  );
});
