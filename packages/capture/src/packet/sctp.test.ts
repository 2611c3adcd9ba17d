import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readChunks } from './sctp.ts';

const header = '0b59 0b5a 00000001 00000000'; // ports 2905 and 2906, verification tag, checksum
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

/** The chunks of a packet in words, and why reading stopped. */
function read(chunks: string, captured?: number): string[] {
  const bytes = bytesOf(header + chunks);
  const words: string[] = [];
  const end = captured ?? bytes.length;
  const fault = readChunks(bytes, { start: 0, end, wireEnd: bytes.length }, (chunk) => {
    const text = bytes.toString('latin1', chunk.start, chunk.end);
    if (chunk.type === 64) {
      const { tsn, stream, message, fragment, flags } = chunk;
      words.push(`i-data ${tsn} stream ${stream} message ${message}.${fragment} flags ${flags} ${text}`);
      return;
    }
    words.push(
      chunk.type === 0
        ? `data ${chunk.tsn} stream ${chunk.stream} flags ${chunk.flags} ${text}`
        : `${chunk.type} ${chunk.tsn} ${chunk.tag}`,
    );
  });
  return fault === null ? words : [...words, fault];
}

const data = '00 03 0012  0000000a 0007 0001 00000000 6869 0000'; // DATA, B and E, TSN 10, stream 7, "hi", padding

test.each([
  ['a message', data, ['data 10 stream 7 flags 3 hi']],
  ['several chunks', `${data}${data}`, ['data 10 stream 7 flags 3 hi', 'data 10 stream 7 flags 3 hi']],
  [
    'I-DATA, its first fragment',
    '40 0a 0016 0000000a 0007 0000 00000005 0000002e 6869 0000',
    ['i-data 10 stream 7 message 5.0 flags 10 hi'],
  ],
  [
    'I-DATA, another',
    '40 00 0016 0000000a 0007 0000 00000005 0000002e 6869 0000',
    ['i-data 10 stream 7 message 5.46 flags 0 hi'],
  ],
  ['I-DATA without data', '40 03 0014 0000000a 0007 0000 00000000 00000000', ['sctp: short chunk']],
  ['I-FORWARD-TSN', 'c2 00 0010 ffffffff 0001 0000 00000002', ['194 -1 0']],
  ['INIT', '01 00 0014 deadbeef 00010000 000a000a 00000063', ['1 99 3735928559']],
  ['FORWARD TSN', 'c0 00 0008 ffffffff', ['192 -1 0']],
  ['a chunk nobody knows', 'fe 00 0008 01020304', ['254 0 0']],
  ['nothing behind the header', '', []],
  ['a last chunk without its padding', data.slice(0, -5), ['data 10 stream 7 flags 3 hi']],
  ['DATA without data', '00 03 0010 0000000a 0007 0001 00000000', ['sctp: short chunk']],
  ['a length of nothing', '00 03 0000', ['sctp: bad chunk length']],
  ['a length beyond the packet', '00 03 0400 0000000a', ['sctp: bad chunk length']],
  ['a chunk that ends in its header', '00 03', ['sctp: short chunk']],
])('%s', (_name, chunks, expected) => {
  expect(read(chunks)).toEqual(expected);
});

test('a packet cut by the snap length says so, and its data is what was captured', () => {
  expect(read(data, 12 + 17)).toEqual(['data 10 stream 7 flags 3 h']);
  expect(read(`${data}${data}`, 12 + 22)).toEqual(['data 10 stream 7 flags 3 hi', 'sctp: cut packet']);
});

test('MAX_CHUNKS: the rest of a packet of tiny chunks is not looked at', () => {
  const found = read('fe000004'.repeat(600));
  expect(found).toHaveLength(513);
  expect(found.at(-1)).toBe('sctp: too many chunks');
});

test('no bytes throw or are read beyond the end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(40), (bytes, cut) => {
      const end = Math.max(0, bytes.length - cut);
      readChunks(bytes, { start: 0, end, wireEnd: bytes.length }, (chunk) => {
        expect(chunk.end).toBeLessThanOrEqual(end);
      });
    }),
  );
});
