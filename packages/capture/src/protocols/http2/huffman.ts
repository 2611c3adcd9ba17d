/**
 * HPACK's Huffman code (RFC 7541 Appendix B). The code is canonical: within one length, codes rise with the symbol. So the
 * lengths alone say everything; those below were measured from a real encoder, and their Kraft sum is exactly one.
 */

/** Code length of each byte value; the end-of-string symbol has 30 bits. */
const LENGTHS = Uint8Array.from(
  `13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
   6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
   13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
   15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
   20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
   22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
   26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
   20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26`
    .trim()
    .split(/\s+/)
    .map(Number),
);
const MAX_BITS = 30;
const END_OF_STRING = 256;
/** Codes of up to this many bits, which are nearly all in use, are found by one look into a table; often two at once. */
const FAST_BITS = 12;
const FAST_MASK = (1 << FAST_BITS) - 1;

/** Symbols ordered by length, then value, and for each length the first code and where its symbols begin. */
const symbols: number[] = [];
const firstCode = new Int32Array(MAX_BITS + 2);
const firstIndex = new Int32Array(MAX_BITS + 2);
/**
 * For each lookahead of so many bits what stands in it: how many bits that is, whether it is two symbols, and both; 0 when
 * the code is longer.
 */
const fast = new Int32Array(1 << FAST_BITS);
const LENGTH_MASK = 15;
const PAIR_SHIFT = 4;
const FIRST_SHIFT = 8;
const SECOND_SHIFT = 16;

let code = 0;
for (let bits = 1; bits <= MAX_BITS; bits += 1) {
  firstCode[bits] = code;
  firstIndex[bits] = symbols.length;
  for (let symbol = 0; symbol <= END_OF_STRING; symbol += 1) {
    if ((LENGTHS[symbol] ?? MAX_BITS) !== bits) continue;
    symbols.push(symbol);
    if (bits <= FAST_BITS)
      fast.fill((symbol << FIRST_SHIFT) | bits, code << (FAST_BITS - bits), (code + 1) << (FAST_BITS - bits));
    code += 1;
  }
  code <<= 1;
}
firstIndex[MAX_BITS + 1] = symbols.length;
fast.set(fast.map(withSecond));

/** A look that shows one symbol, with the next one where that is whole too. */
function withSecond(entry: number, looked: number): number {
  const first = entry & LENGTH_MASK;
  const next = fast[(looked << first) & FAST_MASK] ?? 0;
  const second = next & LENGTH_MASK;
  if (first === 0 || second === 0 || first + second > FAST_BITS) return entry;
  const symbol = (next >>> FIRST_SHIFT) & 0xff;
  return (symbol << SECOND_SHIFT) | (entry & (0xff << FIRST_SHIFT)) | (1 << PAIR_SHIFT) | (first + second);
}

/** Octets that a code of so many octets decodes to at most: the shortest code has five bits. */
export const maxDecodedBytes = (encoded: number): number => Math.floor((encoded * 8) / 5);

/** Where octets stand. */
export interface Octets {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Writes the octets that a code stands for into `into` from `at` on, where `maxDecodedBytes` have room. Answers where they
 * end; -1 when the code is broken (RFC 7541 §5.2).
 */
export function decodeHuffman({ bytes, start, end }: Octets, into: Uint8Array, at: number): number {
  let to = at;
  let window = 0;
  let bits = 0;
  let from = start;
  for (;;) {
    // Both symbols of a look are written, whether or not there are two: with two octets to come there is room.
    while (from + 1 < end) {
      if (bits < FAST_BITS) {
        window = (window << 16) | ((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0);
        bits += 16;
        from += 2;
      }
      const entry = fast[(window >>> (bits - FAST_BITS)) & FAST_MASK] ?? 0;
      if (entry === 0) break;
      into[to] = entry >>> FIRST_SHIFT;
      into[to + 1] = entry >>> SECOND_SHIFT;
      to += 1 + ((entry >>> PAIR_SHIFT) & 1);
      bits -= entry & LENGTH_MASK;
    }
    // One symbol: a long one, or of the last octets.
    while (bits <= FAST_BITS && from < end) {
      window = (window << 8) | (bytes[from] ?? 0);
      bits += 8;
      from += 1;
    }
    const looked = bits >= FAST_BITS ? window >>> (bits - FAST_BITS) : window << (FAST_BITS - bits);
    const entry = fast[looked & FAST_MASK] ?? 0;
    const symbol = (entry >>> FIRST_SHIFT) & 0xff;
    const length = LENGTHS[symbol] ?? 0;
    if (entry !== 0 && length <= bits) {
      into[to++] = symbol;
      bits -= length;
    } else {
      if (from >= end && bits < 8) break;
      const long = longSymbol(bytes, { at: from, end, window, bits });
      if (long === undefined) break;
      if (long.symbol === END_OF_STRING) return -1;
      into[to++] = long.symbol;
      ({ at: from, window, bits } = long);
    }
  }
  // What is left is padding: the beginning of the end-of-string code, all ones, shorter than an octet.
  const padding = (1 << bits) - 1;
  return from >= end && bits < 8 && (window & padding) === padding ? to : -1;
}

interface Position {
  readonly at: number;
  readonly end: number;
  readonly window: number;
  readonly bits: number;
}

/** A code longer than the table knows, bit by bit; undefined when the bytes end inside it. */
function longSymbol(
  bytes: Uint8Array,
  from: Position,
): (Omit<Position, 'end'> & { readonly symbol: number }) | undefined {
  let { at, window, bits } = from;
  let prefix = 0;
  for (let length = 1; length <= MAX_BITS; length += 1) {
    if (bits === 0) {
      if (at >= from.end) return undefined;
      window = bytes[at] ?? 0;
      bits = 8;
      at += 1;
    }
    bits -= 1;
    prefix = (prefix << 1) | ((window >>> bits) & 1);
    const index = prefix - (firstCode[length] ?? 0);
    if (index >= 0 && index < (firstIndex[length + 1] ?? symbols.length) - (firstIndex[length] ?? 0)) {
      return {
        symbol: symbols[(firstIndex[length] ?? 0) + index] ?? END_OF_STRING,
        at,
        window: window & ((1 << bits) - 1),
        bits,
      };
    }
  }
  return undefined;
}
