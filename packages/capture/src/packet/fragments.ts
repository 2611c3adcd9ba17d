/**
 * IP datagrams put together again from their fragments (RFC 791 §3.2, RFC 8200 §4.5). Pieces are copied, because a
 * datagram outlives the chunk its beginning came in; everything that waits is bounded in time, number and bytes.
 */

import type { Micros } from '@kubeshark/model';

/** How long a datagram waits for its pieces, in packet time: Linux's own limit (`ipfrag_time`). */
export const FRAGMENT_TIMEOUT: Micros = 30_000_000;
/** Datagrams that wait at once; the oldest leaves. A busy resolver's traffic has a handful. */
export const MAX_DATAGRAMS = 1024;
/** Pieces of one datagram: 64 KiB at the smallest IPv4 MTU in use (576) are 119. */
export const MAX_FRAGMENTS = 256;
/** Bytes held for all datagrams: Linux's own limit (`ipfrag_high_thresh`). */
export const MAX_FRAGMENT_BYTES = 4 * 1024 * 1024;
/** What a piece costs beside its bytes, so that a flood of tiny ones meets the limit too. */
export const FRAGMENT_OVERHEAD = 128;
/** Datagrams one frame may complete, each holding the last fragment of the next; like tunnels in tunnels. */
export const MAX_REASSEMBLIES = 8;
/** Longest payload an IP datagram has. */
const MAX_PAYLOAD_BYTES = 65_535;

/** One fragment as it stands in its frame; the arrays are views. */
export interface Fragment {
  /** The same for all pieces of a datagram, and for no other's that waits. */
  readonly key: string;
  readonly at: Micros;
  /** The IP header, up to where the fragmented part begins; that of the first piece becomes the datagram's. */
  readonly header: Uint8Array;
  /** Where the bytes stand in the fragmented part. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What is known of one datagram. Its pieces never overlap, so it is whole when their lengths add up. */
class WaitingDatagram {
  readonly since: Micros;
  readonly pieces: Piece[] = [];
  header: Uint8Array | undefined;
  received = 0;
  /** Bytes it is charged with. */
  cost = 0;
  /** Known once the last piece is here. */
  total: number | undefined;
  /** Where the piece that reaches farthest ends. */
  reach = 0;

  constructor(since: Micros) {
    this.since = since;
  }

  /** How many of the bytes from `offset` to `end` are here. */
  covered(offset: number, end: number): number {
    let covered = 0;
    for (const piece of this.pieces) {
      const common = Math.min(end, piece.offset + piece.bytes.length) - Math.max(offset, piece.offset);
      if (common > 0) covered += common;
    }
    return covered;
  }

  /** True when this end contradicts what the last piece said, or the last piece what others said. */
  contradicts(end: number, isLast: boolean): boolean {
    const total = isLast ? end : this.total;
    if (total === undefined) return false;
    return Math.max(this.reach, end) > total || (this.total !== undefined && this.total !== total);
  }

  add({ offset, bytes, header, isLast }: Fragment): number {
    const end = offset + bytes.length;
    if (offset === 0) this.header = header.slice();
    if (isLast) this.total = end;
    this.pieces.push({ offset, bytes: bytes.slice() });
    this.received += bytes.length;
    this.reach = Math.max(this.reach, end);
    const cost = bytes.length + FRAGMENT_OVERHEAD;
    this.cost += cost;
    return cost;
  }

  /** Header and payload in one piece, once all of it is here. */
  whole(): Uint8Array | undefined {
    const { header, total } = this;
    if (header === undefined || total === undefined || this.received !== total) return undefined;
    const whole = new Uint8Array(header.length + total);
    whole.set(header);
    for (const { offset, bytes } of this.pieces) whole.set(bytes, header.length + offset);
    return whole;
  }
}

export class FragmentTable {
  /** In the order their first pieces came. */
  readonly #waiting = new Map<string, WaitingDatagram>();
  readonly #lost: (reason: string, bytes: number) => void;
  #held = 0;

  /** `lost` is told of every piece or datagram given up, and how many bytes it had. */
  constructor(lost: (reason: string, bytes: number) => void) {
    this.#lost = lost;
  }

  /** Datagrams that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Bytes they are charged with. */
  get held(): number {
    return this.#held;
  }

  /**
   * Takes a fragment; answers the datagram it completes, header first. Like Linux, what is wholly here already is a
   * repetition and ignored, and what overlaps in part gives the datagram up (RFC 5722 §3): the two ends could disagree
   * about what it says.
   */
  add(fragment: Fragment): Uint8Array | undefined {
    this.#expire(fragment.at);
    const { key, offset, bytes, isLast } = fragment;
    const end = offset + bytes.length;
    const isWholeUnits = isLast || bytes.length % 8 === 0;
    if (bytes.length === 0 || !isWholeUnits || end > MAX_PAYLOAD_BYTES) {
      this.#lost('ip fragment: bad length', bytes.length);
      return undefined;
    }
    const datagram = this.#waiting.get(key) ?? new WaitingDatagram(fragment.at);
    const covered = datagram.covered(offset, end);
    if (datagram.contradicts(end, isLast) || (covered > 0 && covered < bytes.length)) {
      return this.#drop(key, 'ip fragment: overlap');
    }
    if (covered > 0) {
      this.#lost('ip fragment: repeated', bytes.length);
      return undefined;
    }
    if (datagram.pieces.length === MAX_FRAGMENTS) return this.#drop(key, 'ip fragment: too many');
    this.#waiting.set(key, datagram);
    this.#held += datagram.add(fragment);
    const whole = datagram.whole();
    if (whole === undefined) this.#keepWithin();
    else this.#forget(key);
    return whole;
  }

  /** The capture is over: what waits is lost. */
  end(): void {
    for (const key of this.#waiting.keys()) this.#drop(key, 'ip fragment: incomplete');
  }

  #expire(now: Micros): void {
    for (const [key, { since }] of this.#waiting) {
      if (now - since <= FRAGMENT_TIMEOUT) return;
      this.#drop(key, 'ip fragment: incomplete');
    }
  }

  #keepWithin(): void {
    for (const key of this.#waiting.keys()) {
      if (this.#held <= MAX_FRAGMENT_BYTES && this.#waiting.size <= MAX_DATAGRAMS) return;
      this.#drop(key, 'ip fragment: too many');
    }
  }

  #drop(key: string, reason: string): undefined {
    this.#lost(reason, this.#waiting.get(key)?.received ?? 0);
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#held -= this.#waiting.get(key)?.cost ?? 0;
    this.#waiting.delete(key);
  }
}
