/** Numbers of partitions of topics: few, so that looking through them is faster than a table. */

type Topic = string | undefined;
type Partition = number | undefined;

export class Places {
  readonly #topics: Topic[] = [];
  readonly #partitions: Partition[] = [];
  readonly #values: number[] = [];

  get size(): number {
    return this.#values.length;
  }

  clear(): void {
    this.#topics.length = 0;
    this.#partitions.length = 0;
    this.#values.length = 0;
  }

  /** A later value of the same partition counts. */
  set(topic: Topic, partition: Partition, value: number): void {
    this.#topics.push(topic);
    this.#partitions.push(partition);
    this.#values.push(value);
  }

  get(topic: Topic, partition: Partition): number | undefined {
    for (let at = this.#values.length - 1; at >= 0; at--)
      if (this.#partitions[at] === partition && this.#topics[at] === topic) return this.#values[at];
    return undefined;
  }

  /** All of them, in the order they were set. */
  forEach(look: (topic: Topic, partition: Partition, value: number) => void): void {
    for (let at = 0; at < this.#values.length; at++)
      look(this.#topics[at], this.#partitions[at], this.#values[at] ?? 0);
  }
}
