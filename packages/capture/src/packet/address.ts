/** IP addresses as people write them: dotted quads and RFC 5952 text. */

/** Text of the 4- or 16-byte address at `offset`; the caller has checked that it lies inside `bytes`. */
export function addressText(bytes: Uint8Array, offset: number, version: 4 | 6): string {
  return version === 4 ? ipv4Text(bytes, offset) : ipv6Text(bytes, offset);
}

/** Texts of IPv4 addresses, one place each: a flow is made of two, and few are seen for the first time. */
const PLACES = 4096;
const addresses = new Int32Array(PLACES);
const texts = new Array<string>(PLACES).fill('0.0.0.0');

function ipv4Text(bytes: Uint8Array, offset: number): string {
  const a = bytes[offset] ?? 0;
  const b = bytes[offset + 1] ?? 0;
  const c = bytes[offset + 2] ?? 0;
  const d = bytes[offset + 3] ?? 0;
  const address = (a << 24) | (b << 16) | (c << 8) | d;
  const place = (Math.imul(address, 0x9e3779b1) >>> 20) & (PLACES - 1);
  if (addresses[place] !== address) {
    addresses[place] = address;
    texts[place] = `${a}.${b}.${c}.${d}`;
  }
  return texts[place] ?? '';
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups is `::`. */
function ipv6Text(bytes: Uint8Array, offset: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[offset + 2 * i]! << 8) | bytes[offset + 2 * i + 1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${ipv4Text(bytes, offset + 12)}`;
  }
  const gap = longestZeroRun(groups);
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (gap.length < 2) return text(0, 8);
  return `${text(0, gap.start)}::${text(gap.start + gap.length, 8)}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
    if (end > start) start = end;
  }
  return best;
}

/** The 4 or 16 bytes of an address written as text (RFC 4291 §2.2); undefined when it is none. */
export function addressBytes(text: string): Uint8Array | undefined {
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return isAddress ? Uint8Array.from(parts, Number) : undefined;
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  // An IPv4 address may stand for the last two groups.
  const lastColon = text.lastIndexOf(':') + 1;
  const tail = text.slice(lastColon);
  const ipv4 = tail.includes('.') ? ipv4Bytes(tail) : undefined;
  const groupsOf = (list: string) => (list === '' ? [] : list.split(':'));
  const written = ipv4 === undefined ? text : `${text.slice(0, lastColon)}${hexGroup(ipv4, 0)}:${hexGroup(ipv4, 2)}`;
  const [head = '', rest, ...more] = written.split('::');
  const left = groupsOf(head);
  const right = groupsOf(rest ?? '');
  const missing = 8 - left.length - right.length;
  const fits = rest === undefined ? missing === 0 : missing >= 1 && more.length === 0;
  const groups = [...left, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...right];
  if (!fits || !groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}

function hexGroup(bytes: Uint8Array, at: number): string {
  return (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16);
}
