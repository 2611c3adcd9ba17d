/**
 * Rows of a list that grows at both ends and forgets its oldest when full. Rows are addressed by a position that never
 * changes while the row is held, so a scrolled list stays where it is when rows come and go.
 */
export class Ring<T> {
  readonly capacity: number;
  #slots: (T | undefined)[] = [];
  #start = 0;
  #end = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Position of the oldest row; below zero after rows were put in front. */
  get start(): number {
    return this.#start;
  }

  /** Position after the newest row. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  at(position: number): T | undefined {
    return position < this.#start || position >= this.#end ? undefined : this.#slots[this.#slot(position)];
  }

  /** Adds at the end; the oldest rows make room. */
  push(rows: readonly T[]): void {
    for (const row of rows) {
      if (this.size === this.capacity) this.#start += 1;
      this.#slots[this.#slot(this.#end)] = row;
      this.#end += 1;
    }
  }

  /** Adds older rows (oldest first) in front while there is room; gives how many fitted: the newest of them. */
  unshift(rows: readonly T[]): number {
    const count = Math.min(rows.length, this.capacity - this.size);
    for (let index = rows.length - 1; index >= rows.length - count; index -= 1) {
      this.#start -= 1;
      this.#slots[this.#slot(this.#start)] = rows[index];
    }
    return count;
  }

  /** Puts others in the place of rows, or takes them out; what is newer then moves up. */
  revise(change: (row: T) => T | undefined): void {
    let end = this.#start;
    for (let position = this.#start; position < this.#end; position += 1) {
      const row = change(this.at(position)!);
      if (row === undefined) continue;
      this.#slots[this.#slot(end)] = row;
      end += 1;
    }
    this.#end = end;
  }

  clear(): void {
    this.#slots = [];
    this.#start = 0;
    this.#end = 0;
  }

  toArray(): T[] {
    const rows: T[] = [];
    for (let position = this.#start; position < this.#end; position += 1) rows.push(this.at(position)!);
    return rows;
  }

  #slot(position: number): number {
    return ((position % this.capacity) + this.capacity) % this.capacity;
  }
}
