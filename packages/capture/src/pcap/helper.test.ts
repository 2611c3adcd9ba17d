import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CaptureReader } from './capture-reader.ts';
import { type CaptureFault, MAX_FRAME_BYTES } from './frame.ts';

const u16 = (value: number) => Buffer.from(Uint16Array.of(value).buffer);
const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: bigint) => Buffer.from(BigUint64Array.of(value).buffer);

/** A frame as the helper writes it: header, body, zeros up to a multiple of eight. */
function frame(type: number, body: Buffer, { number = 0, at = 0n } = {}): Buffer {
  const length = (16 + body.length + 7) & ~7;
  return Buffer.concat([u32(length), u16(type), u16(number), u64(at), body], length);
}

const preamble = Buffer.concat([Buffer.from('KSHK'), u32(1)]);
const packet = (data: string, { number = 0, at = 1_700_000_000_123_456_000n } = {}) =>
  frame(1, Buffer.concat([u32(data.length), u32(99), Buffer.from(data)]), { number, at });
const announced = (name: string, number: number, isThere = 1) =>
  frame(5, Buffer.concat([u32(7), u16(isThere), u16(name.length), Buffer.from(name)]), { number });
const counters = frame(4, Buffer.concat([u64(1000n), u64(10n), u32(16), u32(64)]));
const secret = frame(2, Buffer.from('CLIENT_RANDOM 00 11'));
const ofTomorrow = frame(77, Buffer.from('anything'));

/** What a reader tells of these streams, each from its beginning, cut into pieces of these sizes. */
function read(streams: readonly Uint8Array[], sizes?: Iterable<number>) {
  const told: unknown[] = [];
  const reader = new CaptureReader({
    frame: ({ bytes, start, end, at, originalLength, interfaceId, linkType }) => {
      const data = Buffer.from(bytes.subarray(start, end)).toString('latin1');
      told.push({ data, at, originalLength, interfaceId, linkType });
    },
    interface: ({ name }) => told.push(`interface ${name}`),
    secrets: (_type, bytes) => told.push(`secret ${Buffer.from(bytes).toString()}`),
    counters: (counts) => told.push(counts),
    presence: (name, isThere) => told.push(`${name} ${isThere ? 'is back' : 'is gone'}`),
  });
  // Every chunk in the same memory, as the agent reads them.
  const memory = Buffer.alloc(1 << 20);
  const size = sizes?.[Symbol.iterator]();
  let fault: CaptureFault | undefined;
  for (const [n, stream] of streams.entries()) {
    if (n > 0) reader.restart();
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + (size?.next().value ?? stream.length));
      memory.set(stream.subarray(at, end));
      fault = reader.push(memory.subarray(0, end - at));
      at = end;
    }
  }
  return { told, fault };
}

const seen = (data: string, interfaceId = 0) => ({
  data,
  at: 1_700_000_000_123_456,
  originalLength: 99,
  interfaceId,
  linkType: 276,
});

const whole = Buffer.concat([
  preamble,
  announced('lo', 0),
  packet('one'),
  counters,
  announced('eth0', 1),
  packet('second', { number: 1 }),
  ofTomorrow,
  secret,
  announced('eth0', 0xffff, 0),
  packet('third'),
]);
const toldOfWhole = [
  'interface lo',
  seen('one'),
  { received: 1000, dropped: 10, fullest: 0.25 },
  'interface eth0',
  seen('second', 1),
  'secret CLIENT_RANDOM 00 11',
  'eth0 is gone',
  seen('third'),
];

test('packets, interfaces, counters and secrets; a kind of frame that is not known is left out', () => {
  expect(read([whole])).toEqual({ told: toldOfWhole, fault: undefined });
});

test('how the stream is cut never changes what is read', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 90 })), (sizes) => {
      expect(read([whole], sizes).told).toEqual(toldOfWhole);
    }),
  );
});

test('a helper that was started again goes on with the interfaces that were told', () => {
  const again = Buffer.concat([preamble, announced('eth0', 0), packet('four'), announced('eth1', 1)]);
  const { told, fault } = read([whole.subarray(0, -5), again]);
  expect(told.slice(-3)).toEqual(['eth0 is gone', seen('four', 1), 'interface eth1']);
  expect(fault).toBeUndefined();
});

test.each([
  ['another version', Buffer.concat([Buffer.from('KSHK'), u32(2)]), 'the capture helper speaks version 2, not 1'],
  ['a length below a header', Buffer.concat([preamble, u32(8), u32(0), u64(0n)]), 'a frame claims 8 bytes'],
  [
    'a length that is no multiple of eight',
    Buffer.concat([preamble, u32(20), u32(0), u64(0n)]),
    'a frame claims 20 bytes',
  ],
  [
    'a frame longer than any packet',
    Buffer.concat([preamble, u32(MAX_FRAME_BYTES + 72), u32(0), u64(0n)]),
    `a frame claims ${MAX_FRAME_BYTES + 72} bytes`,
  ],
  ['a packet without lengths', Buffer.concat([preamble, frame(1, Buffer.alloc(0))]), 'a packet is too short'],
  [
    'a packet longer than its frame',
    Buffer.concat([preamble, announced('lo', 0), frame(1, Buffer.concat([u32(9), u32(9)]))]),
    'a packet is longer than its frame',
  ],
  ['a packet from nowhere', Buffer.concat([preamble, packet('x')]), 'a packet of an interface that was not told'],
  ['short counters', Buffer.concat([preamble, frame(4, Buffer.alloc(16))]), 'counters are too short'],
  [
    'a name beyond its frame',
    Buffer.concat([preamble, frame(5, Buffer.concat([u32(1), u16(1), u16(99)]))]),
    'a name is longer than its frame',
  ],
  ['an interface without a name', Buffer.concat([preamble, frame(5, Buffer.alloc(0))]), 'an interface is too short'],
])('damage: %s', (_name, stream, fault) => {
  expect(read([stream]).fault?.fault).toBe(fault);
});

test('whatever bytes come, reading ends without a throw and tells no frame beyond the stream', () => {
  const spot = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(
      fc.array(spot, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 400 })),
      (spots, sizes) => {
        const mutated = Buffer.from(whole);
        for (const { at, value } of spots) mutated[at] = value;
        // The magic decides what reads it at all.
        mutated.set(preamble.subarray(0, 4));
        const { told } = read([mutated], sizes);
        for (const item of told) {
          if (typeof item === 'object' && item !== null && 'data' in item)
            expect(String(item.data).length).toBeLessThan(whole.length);
        }
      },
    ),
    { numRuns: 500 },
  );
});
