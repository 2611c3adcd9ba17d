/** Numbers of partitions of topics: few, so that looking through them is faster than a table. */

type Topic = string | undefined;
type Partition = number | undefined;

export class Places {
  readonly #topics: Topic[] = [];
  readonly #partitions: Partition[] = [];
  readonly #values: number[] = [];
  /** How many there are: what stands behind them in the lists is left from before. */
  size = 0;

  clear(): void {
    this.size = 0;
  }

  /** A later value of the same partition counts. */
  set(topic: Topic, partition: Partition, value: number): void {
    this.#topics[this.size] = topic;
    this.#partitions[this.size] = partition;
    this.#values[this.size] = value;
    this.size++;
  }

  get(topic: Topic, partition: Partition): number | undefined {
    for (let at = this.size - 1; at >= 0; at--)
      if (this.#partitions[at] === partition && this.#topics[at] === topic) return this.#values[at];
    return undefined;
  }

  topicAt(at: number): Topic {
    return this.#topics[at];
  }
  partitionAt(at: number): Partition {
    return this.#partitions[at];
  }
  valueAt(at: number): number {
    return this.#values[at] ?? 0;
  }
}

/** Empties a list that is filled again soon: its room stays. */
export function empty(list: unknown[]): void {
  while (list.length > 0) list.pop();
}
