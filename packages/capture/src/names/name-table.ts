/** Names of addresses as they were learnt on the way: DNS answers, name blocks of capture files. */

/** Addresses kept, the longest unused out: more than a node talks to in a day, some 10 MB. */
export const MAX_NAMES = 65_536;
/** Answers that nobody has asked about yet; where names are never asked for, the oldest leave unread. */
export const MAX_WAITING = 8192;

export interface LearntName {
  /** As entries write it: dotted quad or RFC 5952. */
  readonly address: string;
  readonly name: string;
}

/** Knows names, and reads them out only when somebody asks. */
export interface NameSource {
  names(): readonly LearntName[];
}

export class NameTable {
  readonly #names = new Map<string, string>();
  #waiting: NameSource[] = [];

  /** The newest name of an address wins: addresses are given to others. */
  learn({ address, name }: LearntName): void {
    this.#names.delete(address);
    this.#names.set(address, name);
    if (this.#names.size <= MAX_NAMES) return;
    const [oldest] = this.#names.keys();
    if (oldest !== undefined) this.#names.delete(oldest);
  }

  /** Learns what the source knows once a name is asked for: making names of every answer would cost more than reading it. */
  learnLater(source: NameSource): void {
    if (this.#waiting.length >= MAX_WAITING) this.#waiting = this.#waiting.slice(MAX_WAITING / 2);
    this.#waiting.push(source);
  }

  nameOf(address: string): string | undefined {
    if (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const source of waiting) for (const learnt of source.names()) this.learn(learnt);
    }
    return this.#names.get(address);
  }
}
