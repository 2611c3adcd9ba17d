/** Who had an address when: addresses are used again, and a call must be named after who had it then. */

import type { Micros } from '@kubeshark/model';

interface Tenure<T> {
  readonly value: T;
  from: Micros;
  /** Undefined while it lasts. */
  to: Micros | undefined;
}

/** The last packets of a pod come after the API has told that it is gone. */
const LATE_MICROS = 10_000_000;
/** Clocks of the nodes and of the API server differ by this much without anybody noticing. */
const EARLY_MICROS = 5_000_000;
/** How long the past is kept: agents that were cut off ship what they saw since. */
const KEPT_MICROS = 3_600_000_000;
/** Holders remembered of one address; a crash loop of jobs gives an address away every few seconds. */
const MAX_TENURES = 32;

export class Timeline<T> {
  /** Of each address its holders, in the order they came. */
  readonly #byAddress = new Map<string, Tenure<T>[]>();

  get size(): number {
    return this.#byAddress.size;
  }

  /** `value` has the address since `from`; whoever had it has it no longer. */
  assign(address: string, value: T, from: Micros): void {
    const tenures = this.#byAddress.get(address) ?? [];
    const last = tenures.at(-1);
    if (last?.value === value && last.to === undefined) {
      // Told again: it may have had the address for longer, and never while another had it.
      last.from = Math.max(Math.min(last.from, from), tenures.at(-2)?.to ?? from);
      return;
    }
    // What came in the wrong order: the one before ends where this one begins, or this one begins where that ended.
    if (last !== undefined) last.to ??= Math.max(from, last.from);
    tenures.push({ value, from: Math.max(from, last?.to ?? from), to: undefined });
    if (tenures.length > MAX_TENURES) tenures.shift();
    this.#byAddress.set(address, tenures);
  }

  release(address: string, value: T, at: Micros): void {
    const tenure = this.#byAddress.get(address)?.findLast((each) => each.value === value && each.to === undefined);
    if (tenure !== undefined) tenure.to = Math.max(at, tenure.from);
  }

  /** Who had the address then. */
  find(address: string, at: Micros): T | undefined {
    const tenures = this.#byAddress.get(address);
    if (tenures === undefined) return undefined;
    for (let index = tenures.length - 1; index >= 0; index--) {
      const { value, from, to } = tenures[index]!;
      const isFirst = index === 0;
      if (at < from - (isFirst ? EARLY_MICROS : 0)) continue;
      return to === undefined || at < to + LATE_MICROS ? value : undefined;
    }
    return undefined;
  }

  /** Forgets what ended too long ago; answers what nobody holds any longer. */
  prune(now: Micros): readonly T[] {
    const gone: T[] = [];
    for (const [address, tenures] of this.#byAddress) {
      const kept = tenures.filter(({ to }) => to === undefined || now - to < KEPT_MICROS);
      for (const tenure of tenures) if (!kept.includes(tenure)) gone.push(tenure.value);
      if (kept.length === 0) this.#byAddress.delete(address);
      else if (kept.length < tenures.length) this.#byAddress.set(address, kept);
    }
    return gone;
  }
}
