/**
 * Tells entries that may be stored already from those that cannot be. Ids rise strictly per agent (the low 12 bits name
 * it), so an id above everything stored at the start and above the highest one taken from its agent since is new; only
 * the others have to be looked up.
 */

/** 10^12 is a multiple of 4096, so the last twelve digits decide an id's low 12 bits. */
const DIGITS_OF_AGENT = 12;

const agentOf = (id: string): number => Number(id.slice(-DIGITS_OF_AGENT)) & 0xfff;

export class HighWater {
  /** Highest id taken, by agent. */
  readonly #taken = new Map<number, bigint>();
  /** No id above it was stored before the first `take`. */
  #floor: bigint;

  constructor(highestStored: string) {
    this.#floor = BigInt(highestStored);
  }

  /** Notes the id. True when it is certainly new; false when it has to be looked up. */
  take(id: string): boolean {
    const agent = agentOf(id);
    const value = BigInt(id);
    if (value <= (this.#taken.get(agent) ?? this.#floor)) return false;
    this.#taken.set(agent, value);
    return true;
  }

  /** What was taken may have been stored or not: look up whatever comes again. */
  doubt(): void {
    for (const value of this.#taken.values()) if (value > this.#floor) this.#floor = value;
    this.#taken.clear();
  }
}
