/** Keeps the number of time series bounded: names come from the wire, and each new one would live for ever. */

export class LabelSets<Labels extends Record<string, string>> {
  readonly #most: number;
  readonly #overflow: (labels: Labels) => Labels;
  readonly #known = new Set<string>();

  /** `overflow` maps a set that came too late to one of a few. */
  constructor(most: number, overflow: (labels: Labels) => Labels) {
    this.#most = most;
    this.#overflow = overflow;
  }

  /** The labels to count under. */
  of(labels: Labels): Labels {
    const key = Object.values(labels).join('\u0000');
    if (this.#known.has(key)) return labels;
    if (this.#known.size >= this.#most) return this.#overflow(labels);
    this.#known.add(key);
    return labels;
  }
}
