/** Bytes that may be text, as one line of JSON can carry them. */

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 as it is; anything else with its odd bytes escaped (`\x00`), so that what is text in it can be found. */
export function printable(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    let text = '';
    for (const byte of bytes) {
      text +=
        byte >= 0x20 && byte < 0x7f && byte !== 0x5c
          ? String.fromCharCode(byte)
          : `\\x${byte.toString(16).padStart(2, '0')}`;
    }
    return text;
  }
}

const LONGEST_CHARACTER = 4;

/** What more than so many characters are made of, where there are as many: of a long value the rest need not be looked at. */
export function beginOf(bytes: Uint8Array, characters: number): Uint8Array {
  const most = LONGEST_CHARACTER * (characters + 1);
  if (bytes.length <= most) return bytes;
  let end = most;
  // Not amid a character: what continues one is 10xxxxxx.
  while (end > most - LONGEST_CHARACTER && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
