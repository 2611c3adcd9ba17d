import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UNKNOWN } from '../../http/fields.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackDecoder, MAX_FIELDS } from './hpack.ts';
import { decodeHuffman, maxDecodedBytes, type Octets } from './huffman.ts';

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
function huffman(hex: string): string | undefined {
  const bytes = bytesOf(hex);
  const into = Buffer.alloc(maxDecodedBytes(bytes.length));
  const end = decodeHuffman({ bytes, start: 0, end: bytes.length }, into, 0);
  return end < 0 ? undefined : into.toString('latin1', 0, end);
}

const whole = (bytes: Uint8Array): Octets => ({ bytes, start: 0, end: bytes.length });

/** Fields of a block as lines, pseudo-header fields first; the fault when it has one. */
function decode(decoder: HpackDecoder, hex: string): readonly string[] | string {
  const block = decoder.decode(whole(bytesOf(hex)));
  if (!(block instanceof HeaderBlock)) return block.fault;
  const { method, scheme, path, authority } = block;
  const pseudo = [
    ...(method === null ? [] : [`:method: ${method.value}`]),
    ...(scheme === null ? [] : [`:scheme: ${scheme.value}`]),
    ...(path === null ? [] : [`:path: ${path.text}`]),
    ...(authority === null ? [] : [`:authority: ${authority.value}`]),
  ];
  return [...pseudo, ...Object.entries(block.toHeaders()).map(([name, value]) => `${name}: ${String(value)}`)];
}

// RFC 7541 Appendix C.4 and C.6 print these.
test.each([
  ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
  ['a8eb10649cbf', 'no-cache'],
  ['25a849e95ba97d7f', 'custom-key'],
  ['25a849e95bb8e8b4bf', 'custom-value'],
  ['6402', '302'],
  ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
  ['', ''],
  // Codes longer than a look into the table: first, between short ones, after one, and many.
  ['fffc3f', '{a'],
  ['1fffe8ff', 'a{b'],
  ['763fffdf', '7b{'],
  ['fffdfc8ff9b9ffb0fd0bff9f5fcc7fcdcfffdfc93f9b9fcfff7fe7ffbfcfffbffeff', '{"a":[1,2],"b":{"c":"~|}"}}'],
])('Huffman %s is %j', (hex, text) => {
  expect(huffman(hex)).toBe(text);
});

test.each([
  ['padding of a whole octet', 'a8eb10649cbfff'],
  ['padding that is not all ones', '18'],
  ['the end-of-string symbol', 'ffffffff'],
  ['a code cut in its middle', 'fffe'],
])('Huffman with %s is refused', (_name, hex) => {
  expect(huffman(hex)).toBeUndefined();
});

test('requests of RFC 7541 C.4 share a table', () => {
  const decoder = new HpackDecoder(false);
  expect(decode(decoder, '828684418cf1e3c2e5f23a6ba0ab90f4ff')).toEqual([
    ':method: GET',
    ':scheme: http',
    ':path: /',
    ':authority: www.example.com',
  ]);
  expect(decode(decoder, '828684be5886a8eb10649cbf')).toContain('cache-control: no-cache');
  expect(decode(decoder, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf')).toEqual([
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ]);
});

test('a smaller table forgets its oldest entries', () => {
  const decoder = new HpackDecoder(false);
  // Literal with indexing a: 1, then the table set to 0, then index 62.
  expect(decode(decoder, '40 01 61 01 31')).toEqual(['a: 1']);
  expect(decode(decoder, 'be')).toEqual(['a: 1']);
  expect(decode(decoder, '20 be')).toBe('header index out of the table');
});

test('joined in its middle, what nobody can know is named so and the rest is right', () => {
  const decoder = new HpackDecoder(true);
  expect(decode(decoder, 'bf 82 40 01 61 01 31')).toEqual([':method: GET', `${UNKNOWN}: ${UNKNOWN}`, 'a: 1']);
  // The newest entry is the one just made; the unknown one has moved behind it.
  expect(decode(decoder, 'be')).toEqual(['a: 1']);
});

test.each([
  ['an index of zero', '80', 'header index out of the table'],
  ['a string longer than its block', '40 7f 01 61', 'string longer than its block'],
  ['a block that ends inside a field', '40 01 61', 'header block cut short'],
  ['an integer without end', 'ff ff ff ff ff ff ff', 'invalid integer'],
  ['a table of a gigabyte', '3f e1 ff ff ff 03', 'header table size out of bounds'],
  ['a broken Huffman code', '40 81 00 01 31', 'invalid Huffman code'],
])('%s is refused', (_name, hex, fault) => {
  expect(decode(new HpackDecoder(false), hex)).toBe(fault);
});

test('a header bomb is counted, not kept', () => {
  const decoder = new HpackDecoder(false);
  decoder.decode(whole(bytesOf(`40 01 61 7f 81 1e ${'62'.repeat(4000)}`)));
  const block = decoder.decode(whole(new Uint8Array(10_000).fill(0xbe)));
  expect(block).toMatchObject({ omitted: expect.any(Number) });
  if (block instanceof HeaderBlock) expect(block.size).toBeLessThanOrEqual(MAX_FIELDS);
});

/** Representations that change the table, use it, and leave it alone. */
const pieces = ['82', '84', '40 01 61 01 31', '40 01 62 01 32', '00 01 63 01 33', 'be', 'bf', 'c0', '20', '3f e1 1f'];

test('what came before is decoded as if it had not', () => {
  const blocks = fc.array(fc.array(fc.constantFrom(...pieces), { maxLength: 4 }), { maxLength: 20 });
  fc.assert(
    fc.property(blocks, fc.boolean(), (list, isPartial) => {
      const all = () => {
        const decoder = new HpackDecoder(isPartial);
        return list.map((block) => decode(decoder, block.join('')));
      };
      const first = all();
      for (let again = 0; again < 3; again += 1) expect(all()).toEqual(first);
    }),
  );
});

test('a block that comes again and again names what its table holds by then', () => {
  const decoder = new HpackDecoder(false);
  decode(decoder, '40 01 61 01 31');
  for (let i = 0; i < 4; i += 1) expect(decode(decoder, 'be')).toEqual(['a: 1']);
  decode(decoder, '40 01 61 01 32');
  for (let i = 0; i < 4; i += 1) expect(decode(decoder, 'be')).toEqual(['a: 2']);
  for (let i = 0; i < 4; i += 1) expect(decode(new HpackDecoder(false), 'be')).toBe('header index out of the table');
});

test('any bytes end with fields or a fault', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (blocks) => {
      const decoder = new HpackDecoder(false);
      for (const block of blocks) decoder.decode(whole(block));
    }),
  );
});
