/** Bytes as hexadecimal text and back. */

const digits = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Lower case, two digits a byte. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) text += digits[octet];
  return text;
}

const HEX_PAIRS = /^(?:[0-9a-f]{2})*$/i;

/** The bytes that `text` spells; null when it is not pairs of hexadecimal digits. */
export function hexBytes(text: string): Uint8Array | null {
  if (!HEX_PAIRS.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
