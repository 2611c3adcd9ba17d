import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CaptureReader } from './capture-reader.ts';
import { type CaptureFault, MAX_FRAME_BYTES } from './frame.ts';

interface Read {
  readonly frames: readonly {
    readonly data: string;
    readonly at: number;
    readonly original: number;
    readonly interfaceId: number;
    readonly linkType: number;
  }[];
  readonly names: readonly string[];
  readonly secrets: readonly string[];
  readonly fault: CaptureFault | undefined;
}

function read(bytes: Uint8Array, sizes: Iterable<number> = [bytes.length]): Read {
  const frames: Read['frames'][number][] = [];
  const names: string[] = [];
  const secrets: string[] = [];
  const reader = new CaptureReader({
    frame: ({ bytes: chunk, start, end, at, originalLength, interfaceId, linkType }) => {
      frames.push({
        data: Buffer.from(chunk.subarray(start, end)).toString(),
        at,
        original: originalLength,
        interfaceId,
        linkType,
      });
    },
    name: (address, name) => names.push(`${address} ${name}`),
    secrets: (_type, text) => secrets.push(Buffer.from(text).toString()),
  });
  const size = sizes[Symbol.iterator]();
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + (size.next().value ?? bytes.length));
    reader.push(bytes.subarray(at, end));
    at = end;
  }
  return { frames, names, secrets, fault: reader.end() };
}

const le32 = (...values: number[]): Buffer =>
  Buffer.concat(values.map((value) => Buffer.from(Uint32Array.of(value).buffer)));
const be32 = (...values: number[]): Buffer => le32(...values).swap32();

const pcap = (word: typeof le32, magic: number, ...records: Buffer[]): Buffer =>
  Buffer.concat([
    word(magic),
    word === le32 ? Buffer.from([2, 0, 4, 0]) : Buffer.from([0, 2, 0, 4]),
    word(0, 0, 65535, 1),
    ...records,
  ]);

const block = (type: number, ...body: Buffer[]): Buffer => {
  const content = Buffer.concat(body);
  const length = content.length + 12;
  return Buffer.concat([le32(type, length), content, le32(length)]);
};
const section = block(0x0a0d0d0a, le32(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff));
const nanoInterface = block(
  1,
  le32(1, 65535),
  Buffer.from([2, 0, 4, 0]),
  Buffer.from('eth0'),
  Buffer.from([9, 0, 1, 0, 9, 0, 0, 0]),
  le32(0),
);
const enhanced = (low: number, data: string): Buffer => block(6, le32(0, 0, low, data.length, 99), Buffer.from(data));

const frameAt = (at: number, data: string, original = data.length) => ({
  data,
  at,
  original,
  interfaceId: 0,
  linkType: 1,
});

test.each([
  ['little endian, microseconds', pcap(le32, 0xa1b2c3d4, le32(7, 5, 3, 60), Buffer.from('abc')), 7_000_005],
  ['big endian, microseconds', pcap(be32, 0xa1b2c3d4, be32(7, 5, 3, 60), Buffer.from('abc')), 7_000_005],
  ['little endian, nanoseconds', pcap(le32, 0xa1b23c4d, le32(7, 5500, 3, 60), Buffer.from('abc')), 7_000_005.5],
  ['big endian, nanoseconds', pcap(be32, 0xa1b23c4d, be32(7, 5500, 3, 60), Buffer.from('abc')), 7_000_005.5],
  ['modified header', pcap(le32, 0xa1b2cd34, le32(7, 5, 3, 60, 0, 0), Buffer.from('abc')), 7_000_005],
  [
    'pcapng, nanoseconds',
    Buffer.concat([section, nanoInterface, block(6, le32(0, 1, 705037704, 3, 60), Buffer.from('abc\0'))]),
    5_000_005,
  ],
])('reads pcap: %s', (_name, bytes, at) => {
  const { frames, fault } = read(bytes);
  expect(fault).toBeUndefined();
  expect(frames).toMatchObject([{ data: 'abc', original: 60 }]);
  expect(frames[0]?.at).toBeCloseTo(at, 0);
});

test('a pcapng file has names, secrets, and interfaces counted over its sections', () => {
  const names = block(4, Buffer.from([1, 0, 8, 0, 10, 0, 0, 1]), Buffer.from('web\0'), le32(0));
  const secrets = block(10, le32(0x544c534b, 4), Buffer.from('KEYS'));
  const simple = block(3, le32(4), Buffer.from('same'));
  const unknown = block(0x0bad, le32(1));
  const file = Buffer.concat([
    section,
    nanoInterface,
    names,
    secrets,
    unknown,
    enhanced(0, 'one.'),
    section,
    nanoInterface,
    simple,
  ]);
  const result = read(file);
  expect(result).toMatchObject({ names: ['10.0.0.1 web'], secrets: ['KEYS'], fault: undefined });
  expect(result.frames.map(({ data, interfaceId }) => [data, interfaceId])).toEqual([
    ['one.', 0],
    ['same', 1],
  ]);
});

const whole = pcap(le32, 0xa1b2c3d4, le32(1, 0, 3, 3), Buffer.from('one'), le32(2, 0, 4, 4), Buffer.from('four'));

test.each([
  ['nothing', Buffer.alloc(0), 0, { fault: 'the file is empty', offset: 0 }],
  ['another kind of file', Buffer.from('#!/bin/sh'), 0, { fault: 'not a capture file', offset: 0 }],
  ['three bytes', Buffer.from([0xd4, 0xc3, 0xb2]), 0, { fault: 'not a capture file', offset: 0 }],
  ['a file cut inside a record', whole.subarray(0, -2), 1, { fault: 'the file ends inside a record', offset: 43 }],
  [
    'a lying record length',
    Buffer.concat([whole, le32(3, 0, MAX_FRAME_BYTES + 1, 1)]),
    2,
    { fault: `a record claims ${MAX_FRAME_BYTES + 1} bytes`, offset: 63 },
  ],
  [
    'a block shorter than a block',
    Buffer.concat([section, le32(6, 8, 0)]),
    0,
    { fault: 'a block claims 8 bytes', offset: 28 },
  ],
  [
    'a packet of no interface',
    Buffer.concat([section, enhanced(0, 'abcd')]),
    0,
    { fault: 'a packet of interface 0, which was not declared', offset: 28 },
  ],
])('damage: %s', (_name, bytes, frames, fault) => {
  const result = read(bytes);
  expect(result.frames).toHaveLength(frames);
  expect(result.fault).toEqual(fault);
});

test('how the file is cut never changes what is read', () => {
  const pcapng = Buffer.concat([section, nanoInterface, enhanced(1000, 'abcd'), enhanced(2000, 'efgh')]);
  for (const file of [whole, pcapng]) {
    const expected = read(file);
    expect(expected.frames).toHaveLength(2);
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (sizes) => {
        expect(read(file, sizes)).toEqual(expected);
      }),
    );
  }
  expect(read(whole).frames).toEqual([frameAt(1e6, 'one'), frameAt(2e6, 'four')]);
});
