/** The bytes of one side's CRYPTO frames in order: clients send their hello in pieces, and some shuffle them on purpose. */

/** Longer than any hello, also with post-quantum key shares and padding. */
export const MAX_CRYPTO_BYTES = 32 * 1024;

export class CryptoStream {
  #bytes = new Uint8Array(0);
  /** Ranges that were seen, as offsets in pairs; a hello has a handful. */
  #seen: (readonly [number, number])[] = [];

  /** Takes a frame; what lies past the limit is left out. */
  add(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    if (end > MAX_CRYPTO_BYTES || data.length === 0) return;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(end);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(data, offset);
    this.#seen = merged([...this.#seen, [offset, end]]);
  }

  /** The first handshake message's body and type, once it is whole. */
  get message(): { readonly type: number; readonly body: Uint8Array } | null {
    const [first] = this.#seen;
    if (first === undefined || first[0] !== 0 || first[1] < 4) return null;
    const bytes = this.#bytes;
    const end = 4 + ((bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!);
    return end > first[1] ? null : { type: bytes[0]!, body: bytes.subarray(4, end) };
  }
}

/** Ranges in order, with those that touch made one. */
function merged(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  for (const range of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last === undefined || range[0] > last[1]) out.push(range);
    else out[out.length - 1] = [last[0], Math.max(last[1], range[1])];
  }
  return out;
}
