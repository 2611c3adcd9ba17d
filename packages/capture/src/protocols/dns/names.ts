/** Domain names on the wire (RFC 1035 §3.1, §4.1.4): labels and compression pointers. */

/** RFC 1035 §2.3.4: a name has at most 255 octets, so at most 127 labels; a pointer loop would pass that. */
const MAX_NAME_BYTES = 255;

/**
 * End of the name at `offset` in the message, without following pointers; -1 when it is not a name or leaves the
 * message (which ends at `limit`).
 */
export function skipName(bytes: Uint8Array, offset: number, limit: number): number {
  let at = offset;
  while (at < limit) {
    const length = bytes[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= limit ? at + 2 : -1;
    if (length > 63) return -1;
    at += 1 + length;
    if (at - offset > MAX_NAME_BYTES) return -1;
  }
  return -1;
}

export interface Name {
  /** Without the final dot; the root is `.`. */
  readonly text: string;
  readonly end: number;
}

/**
 * The name at `offset`; null when it leaves the message or loops. Pointers must go backwards, to before every place the
 * name has been at, so it ends.
 */
export function readName(bytes: Uint8Array, offset: number): Name | null {
  let at = offset;
  let lowest = offset;
  let end = -1;
  let length = 0;
  let isPlain = true;
  for (;;) {
    const octet = bytes[at];
    if (octet === undefined) return null;
    if (octet === 0) {
      const text = length === 0 ? '.' : isPlain ? plain.toString('latin1', 1, length) : escapedName(bytes, offset);
      return { text, end: end === -1 ? at + 1 : end };
    }
    if (octet >= 0xc0) {
      const low = bytes[at + 1];
      if (low === undefined) return null;
      if (end === -1) end = at + 2;
      at = ((octet & 0x3f) << 8) | low;
      if (at >= lowest) return null;
      lowest = at;
      continue;
    }
    const stop = at + 1 + octet;
    if (octet > 63 || stop > bytes.length || length + 1 + octet > MAX_NAME_BYTES) return null;
    plain[length++] = DOT;
    for (at++; at < stop; at++) {
      const character = bytes[at]!;
      plain[length++] = character;
      if (character <= SPACE || character >= DELETE || character === DOT || character === BACKSLASH) isPlain = false;
    }
  }
}

/** The name being read, a dot before each label; nearly every name is such text as it stands. */
const plain = Buffer.alloc(MAX_NAME_BYTES + 1);

/** The text of a name that was found to be whole, with what must be escaped in it. */
function escapedName(bytes: Uint8Array, offset: number): string {
  const labels: string[] = [];
  for (let at = offset; bytes[at] !== 0; ) {
    const octet = bytes[at]!;
    if (octet >= 0xc0) at = ((octet & 0x3f) << 8) | bytes[at + 1]!;
    else {
      labels.push(labelText(bytes, at + 1, at + 1 + octet));
      at += 1 + octet;
    }
  }
  return labels.join('.');
}

const SPACE = 0x20;
const DELETE = 0x7f;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

/** RFC 1035 §5.1: a dot or backslash in a label is escaped, what cannot be printed is `\DDD`; UTF-8 (mDNS) is kept. */
function labelText(bytes: Uint8Array, start: number, end: number): string {
  const ascii = bytes.subarray(start, end).every((octet) => octet < DELETE);
  if (!ascii) {
    const text = utf8Text(bytes.subarray(start, end));
    if (text !== undefined) return text.replace(/[\\.]/g, '\\$&').replace(CONTROLS, (c) => decimal(c.charCodeAt(0)));
  }
  let text = '';
  for (let i = start; i < end; i++) {
    const octet = bytes[i]!;
    if (octet === DOT || octet === BACKSLASH) text += `\\${String.fromCharCode(octet)}`;
    else if (octet < 0x20 || octet > 0x7e) text += decimal(octet);
    else text += String.fromCharCode(octet);
  }
  return text;
}

/** C0 controls and DEL: `\u0007`. */
const CONTROLS = /\p{Cc}/gu;

const decimal = (octet: number) => `\\${String(octet).padStart(3, '0')}`;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    // Not UTF-8: the caller escapes the octets.
    return undefined;
  }
}
