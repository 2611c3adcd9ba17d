/** Names of addresses as they were learnt on the way: DNS answers, name blocks of capture files. */

/** Addresses kept, those not learnt for longest out: more than a node talks to in a day, some 10 MB. */
export const MAX_NAMES = 65_536;
/** Answers that nobody has asked about yet; where names are never asked for, the older half leaves unread. */
export const MAX_WAITING = 8192;
/** Bytes of them: answers have a hundred or two each. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Below this a loop is faster than a view and the call into the engine's copy. */
const LOOP_BYTES = 64;

export interface LearntName {
  /** As entries write it: dotted quad or RFC 5952. */
  readonly address: string;
  readonly name: string;
}

/** Reads names out of an answer, `bytes[start, end)`. */
export type NameReader = (bytes: Uint8Array, start: number, end: number) => readonly LearntName[];

export class NameTable {
  /** Whether anybody will ask for names of answers: where not, they are left. */
  readonly #isAsked: boolean;
  /** Learnt or confirmed lately; when half of all are, those before them leave, and these are old. */
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  /** The answers that wait, one behind the other: of each who reads it and where it ends. No object is kept of any. */
  readonly #readers: NameReader[] = [];
  readonly #ends = new Int32Array(MAX_WAITING);
  #bytes = new Uint8Array(0);
  #version = 0;

  constructor({ isAsked = true }: { readonly isAsked?: boolean } = {}) {
    this.#isAsked = isAsked;
  }

  /** The newest name of an address wins: addresses are given to others. */
  learn({ address, name }: LearntName): void {
    if (this.#young.get(address) === name) return;
    this.#young.set(address, name);
    this.#version++;
    if (this.#young.size < MAX_NAMES / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  /**
   * Learns what `bytes[start, end)` tells once a name is asked for: making names of every answer would cost more than
   * reading it.
   */
  learnLater(read: NameReader, bytes: Uint8Array, { start, end }: Readonly<Record<'start' | 'end', number>>): void {
    const length = end - start;
    if (!this.#isAsked || length > MAX_WAITING_BYTES / 2) return;
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(MAX_WAITING_BYTES);
    if (this.#readers.length === MAX_WAITING || this.#used + length > MAX_WAITING_BYTES) this.#forgetHalf();
    const at = this.#used;
    const kept = this.#bytes;
    if (length > LOOP_BYTES) kept.set(bytes.subarray(start, end), at);
    else for (let i = 0; i < length; i++) kept[at + i] = bytes[start + i] ?? 0;
    this.#ends[this.#readers.length] = at + length;
    this.#readers.push(read);
  }

  /** Another number once any name has changed: while it is the same, nobody needs to ask for names again. */
  get version(): number {
    if (this.#readers.length > 0) this.#readAll();
    return this.#version;
  }

  nameOf(address: string): string | undefined {
    if (this.#readers.length > 0) this.#readAll();
    return this.#young.get(address) ?? this.#old.get(address);
  }

  get #used(): number {
    return this.#readers.length === 0 ? 0 : (this.#ends[this.#readers.length - 1] ?? 0);
  }

  #readAll(): void {
    let start = 0;
    for (const [index, read] of this.#readers.entries()) {
      const end = this.#ends[index] ?? start;
      for (const learnt of read(this.#bytes, start, end)) this.learn(learnt);
      start = end;
    }
    this.#readers.length = 0;
  }

  #forgetHalf(): void {
    const half = Math.ceil(this.#readers.length / 2);
    const from = this.#ends[half - 1] ?? 0;
    this.#bytes.copyWithin(0, from, this.#used);
    for (let i = half; i < this.#readers.length; i++) this.#ends[i - half] = (this.#ends[i] ?? 0) - from;
    this.#readers.splice(0, half);
  }
}
