/** What a manifest says about the calls, counted as they come. */

import type { Endpoint, Entry } from '@kubeshark/model';
import type { Manifest, Names } from './manifest.ts';

/** Addresses whose names are kept: more than a cluster has pods, some 6 MB of text. */
export const MAX_NAMES = 65_536;
/** Sentences about gaps; a manifest is read whole. */
const MAX_GAPS = 1_000;

type Counted = Pick<Manifest, 'entries' | 'nodes' | 'protocols' | 'gaps' | 'firstTimestamp' | 'lastTimestamp'>;

export class Summary {
  entries = 0;
  readonly #names: Names = {};
  #nameCount = 0;
  readonly #nodes = new Map<string, number>();
  readonly #protocols = new Map<string, number>();
  readonly #gaps = new Set<string>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #truncated = 0;
  #holes = 0;

  add(entry: Entry): void {
    this.entries++;
    count(this.#nodes, entry.node);
    count(this.#protocols, entry.protocol);
    this.#first = Math.min(this.#first, entry.timestamp);
    this.#last = Math.max(this.#last, entry.timestamp);
    if (entry.capture.truncated === true) this.#truncated++;
    if ((entry.capture.gap ?? 0) > 0) this.#holes++;
    this.#name(entry.src);
    this.#name(entry.dst);
  }

  /** Says that something is not in the recording. */
  gap(sentence: string): void {
    if (this.#gaps.size < MAX_GAPS) this.#gaps.add(sentence);
  }

  get names(): Names {
    return this.#names;
  }

  get counted(): Counted {
    const gaps = [...this.#gaps];
    if (this.#truncated > 0) gaps.push(`${this.#truncated} calls have bodies or packets that were cut when captured`);
    if (this.#holes > 0) gaps.push(`${this.#holes} calls have holes: packets of theirs were lost when captured`);
    return {
      entries: this.entries,
      nodes: Object.fromEntries(this.#nodes),
      protocols: Object.fromEntries(this.#protocols),
      gaps,
      ...(this.entries > 0 && { firstTimestamp: this.#first, lastTimestamp: this.#last }),
    };
  }

  #name({ ip, name, namespace, pod }: Endpoint): void {
    if (name === undefined || Object.hasOwn(this.#names, ip) || this.#nameCount >= MAX_NAMES) return;
    this.#nameCount++;
    this.#names[ip] = { name, ...(namespace !== undefined && { namespace }), ...(pod !== undefined && { pod }) };
  }
}

const count = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};
