/** IPv4 and IPv6 addresses and ranges of them, as text. */

interface Address {
  readonly bits: bigint;
  readonly width: 32 | 128;
}

/** Undefined for anything but an address in full: no zone, no port. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined;
  return { bits: parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n), width: 32 };
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1);
  const embedded = last?.at(-1);
  // ::ffff:10.0.0.1 ends in an IPv4 address: two groups.
  if (last !== undefined && embedded?.includes('.')) {
    const v4 = parseV4(embedded);
    if (v4 === undefined) return undefined;
    last.splice(-1, 1, (v4.bits >> 16n).toString(16), (v4.bits & 0xffffn).toString(16));
  }
  const [head = [], tail = []] = groups;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...tail];
  if (all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return { bits: all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n), width: 128 };
}

/** Is `text` an address inside the range? */
export type Network = (text: string) => boolean;

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address; undefined when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [addressText = '', lengthText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  if (lengthText !== undefined && !/^\d{1,3}$/.test(lengthText)) return undefined;
  const length = lengthText === undefined ? address.width : Number(lengthText);
  if (length > address.width) return undefined;
  const shift = BigInt(address.width - length);
  const prefix = address.bits >> shift;
  if (address.width === 32) return v4Test(Number(prefix), Number(shift));
  return (candidate) => {
    const other = parseAddress(candidate);
    return other?.width === 128 && other.bits >> shift === prefix;
  };
}

/** Without allocation: this runs for every entry. */
function v4Test(prefix: number, shift: number): Network {
  const divisor = 2 ** shift;
  return (text) => {
    const bits = v4Bits(text);
    return bits >= 0 && Math.floor(bits / divisor) === prefix;
  };
}

function v4Bits(text: string): number {
  let bits = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at <= text.length; at++) {
    const unit = at === text.length ? 46 : text.charCodeAt(at);
    if (unit === 46) {
      if (part < 0 || ++dots > 4) return -1;
      bits = bits * 256 + part;
      part = -1;
    } else {
      if (unit < 48 || unit > 57 || part === 0) return -1;
      part = (part < 0 ? 0 : part * 10) + unit - 48;
      if (part > 255) return -1;
    }
  }
  return dots === 4 ? bits : -1;
}
