/** Keeps the number of time series bounded: names come from the wire, and each new one would live for ever. */

export interface LabelSetsOptions<Labels, Series> {
  /** How many sets are told apart. */
  readonly most: number;
  /** Maps a set that came too late to one of a few. */
  readonly overflow: (labels: Labels) => Labels;
  /** The series of a set, made once. */
  readonly open: (labels: Labels) => Series;
}

export class LabelSets<Labels extends Record<string, string>, Series> {
  readonly #options: LabelSetsOptions<Labels, Series>;
  readonly #known = new Map<string, Series>();
  readonly #overflowing = new Map<string, Series>();

  constructor(options: LabelSetsOptions<Labels, Series>) {
    this.#options = options;
  }

  /** The series to count in. */
  of(labels: Labels): Series {
    const { most, overflow } = this.#options;
    const key = keyOf(labels);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size < most) return this.#open(this.#known, key, labels);
    const common = overflow(labels);
    const commonKey = keyOf(common);
    return this.#overflowing.get(commonKey) ?? this.#open(this.#overflowing, commonKey, common);
  }

  *[Symbol.iterator](): Generator<Series> {
    yield* this.#known.values();
    yield* this.#overflowing.values();
  }

  #open(into: Map<string, Series>, key: string, labels: Labels): Series {
    const series = this.#options.open(labels);
    into.set(key, series);
    return series;
  }
}

function keyOf(labels: Record<string, string>): string {
  let key = '';
  for (const name in labels) key += `${labels[name]}\u0000`;
  return key;
}
