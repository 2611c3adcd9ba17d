/** Characters of UTF-8 in their bytes (RFC 3629 §4). */

/** How many bytes the character beyond ASCII at `at` has; 0 when there is none, or not all of it. */
export function characterBytes(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  const second = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return isNext(second) ? 2 : 0;
  // Longer forms of what is shorter, surrogates, and what is beyond Unicode.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most || at + 2 >= end || !isNext(bytes[at + 2] ?? 0)) return 0;
  if (lead < 0xf0) return 3;
  return at + 3 < end && isNext(bytes[at + 3] ?? 0) ? 4 : 0;
}

const isNext = (byte: number): boolean => (byte & 0xc0) === 0x80;
