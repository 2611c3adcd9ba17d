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
