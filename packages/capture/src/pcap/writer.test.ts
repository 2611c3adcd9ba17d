import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CaptureReader } from './capture-reader.ts';
import type { CaptureInterface } from './frame.ts';
import { PcapngWriter, PcapWriter } from './writer.ts';

interface WrittenFrame {
  readonly data: Uint8Array;
  readonly at: number;
  readonly originalLength: number;
  readonly interfaceId: number;
}

/** Everything a capture holds, as the reader tells it. */
function read(records: readonly Uint8Array[]) {
  const frames: WrittenFrame[] = [];
  const interfaces: CaptureInterface[] = [];
  const names: (readonly [string, string])[] = [];
  const secrets: { readonly type: number; readonly bytes: Uint8Array }[] = [];
  const reader = new CaptureReader({
    frame: ({ bytes, start, end, at, originalLength, interfaceId }) =>
      void frames.push({ data: bytes.slice(start, end), at, originalLength, interfaceId }),
    interface: (description) => void interfaces.push(description),
    name: (address, name) => void names.push([address, name]),
    secrets: (type, bytes) => void secrets.push({ type, bytes: bytes.slice() }),
  });
  for (const record of records) reader.push(record);
  return { frames, interfaces, names, secrets, fault: reader.end() };
}

const frameToWrite = ({ data, ...rest }: WrittenFrame) => {
  // Somewhere inside a chunk, as the reader's frames are.
  const bytes = Uint8Array.from([1, 2, 3, ...data, 4]);
  return { ...rest, bytes, start: 3, end: 3 + data.length };
};

const frameOf = (interfaces: number, latest: number) =>
  fc
    .record({
      data: fc.uint8Array({ maxLength: 40 }),
      at: fc.integer({ min: 0, max: latest }),
      cut: fc.nat(9000),
      interfaceId: fc.nat(interfaces - 1),
    })
    .map(({ cut, ...frame }) => ({ ...frame, originalLength: frame.data.length + cut }));

const description = fc.record(
  { linkType: fc.nat(0xffff), snapLength: fc.nat(0xffffffff), name: fc.string() },
  { requiredKeys: ['linkType', 'snapLength'] },
);

test('a pcap file reads back as it was written', () => {
  const capture = fc.record({
    description: fc.record({ linkType: fc.nat(0xffff), snapLength: fc.nat(0xffffffff) }),
    frames: fc.array(frameOf(1, 4_294_967_295_999_999)),
  });
  fc.assert(
    fc.property(capture, ({ description, frames }) => {
      const writer = new PcapWriter();
      const records = [writer.header(description), ...frames.map((frame) => writer.frame(frameToWrite(frame)))];
      const expected = { frames, interfaces: [description], names: [], secrets: [], fault: undefined };
      expect(read(records)).toEqual(expected);
    }),
  );
});

test('a pcapng file reads back as it was written', () => {
  const name = fc.tuple(fc.constantFrom('10.0.0.7', '::1', '2001:db8::1:0:0:1'), fc.stringMatching(/^[a-z.-]{1,30}$/));
  const capture = fc.array(description, { minLength: 1, maxLength: 3 }).chain((interfaces) =>
    fc.record({
      interfaces: fc.constant(interfaces),
      frames: fc.array(fc.tuple(frameOf(interfaces.length, Number.MAX_SAFE_INTEGER), fc.option(fc.string()))),
      names: fc.array(name),
      secrets: fc.array(fc.record({ type: fc.nat(0xffffffff), bytes: fc.uint8Array() })),
      comment: fc.string(),
    }),
  );
  fc.assert(
    fc.property(capture, ({ interfaces, frames, names, secrets, comment }) => {
      const writer = new PcapngWriter();
      const records = [
        writer.section({ application: 'kubeshark', comment }),
        ...interfaces.map((one) => writer.interface(one, comment)),
        writer.names(names),
        ...secrets.map(({ type, bytes }) => writer.secrets(type, bytes)),
        ...frames.map(([frame, note]) => writer.frame(frameToWrite(frame), note ?? undefined)),
      ];
      const expected = { frames: frames.map(([frame]) => frame), interfaces, names, secrets, fault: undefined };
      expect(read(records)).toEqual(expected);
    }),
  );
});

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const frame = frameToWrite({ data: Uint8Array.of(0xaa), at: 1_000_002, originalLength: 60, interfaceId: 0 });

// The reader shows no comments, and both sides could share a mistake: the bytes as the drafts have them.
test.each([
  ['a pcap record', hexOf(new PcapWriter().frame(frame)), '01000000 02000000 01000000 3c000000 aa'],
  [
    'a section',
    hexOf(new PcapngWriter().section({ application: 'ks' })),
    '0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0200 6b730000 00000000 28000000',
  ],
  [
    'a frame with a comment',
    hexOf(new PcapngWriter().frame(frame, 'hi!')),
    '06000000 30000000 00000000 00000000 42420f00 01000000 3c000000 aa000000 0100 0300 68692100 00000000 30000000',
  ],
  [
    'a name, and what is no address',
    hexOf(
      new PcapngWriter().names([
        ['10.0.0.7', 'a'],
        ['nobody', 'b'],
      ]),
    ),
    '04000000 1c000000 0100 0600 0a000007 61000000 00000000 1c000000',
  ],
  [
    'a frame from before 1970',
    hexOf(new PcapWriter().frame({ ...frame, at: -5 })),
    '00000000 00000000 01000000 3c000000 aa',
  ],
])('%s', (_name, written, expected) => {
  expect(written).toBe(expected.replaceAll(' ', ''));
});

test('a text too long for its length field is cut between two characters', () => {
  const writer = new PcapngWriter();
  const records = [writer.section(), writer.interface({ linkType: 1, snapLength: 0, name: '€'.repeat(70_000) })];
  const { interfaces, fault } = read(records);
  expect([interfaces[0]?.name, fault]).toEqual(['€'.repeat(21_666), undefined]);
});

test('a frame put into a buffer is the block that is written alone, between what is there already', () => {
  const writer = new PcapngWriter();
  fc.assert(
    fc.property(frameOf(3, 4_294_967_295_999_999), fc.nat(9), (written, at) => {
      const frame = frameToWrite(written);
      const block = writer.frame(frame);
      expect(writer.frameBytes(frame)).toBe(block.length);
      const target = new Uint8Array(at + block.length + 5).fill(0xee);
      expect(writer.put(new DataView(target.buffer), at, frame)).toBe(at + block.length);
      expect(target.subarray(at, at + block.length)).toEqual(block);
      expect([...target.subarray(0, at), ...target.subarray(at + block.length)]).toEqual(Array(at + 5).fill(0xee));
    }),
  );
});
