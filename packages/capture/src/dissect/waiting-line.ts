/**
 * What waits for an answer that names it by a number, the oldest first: a ring. Most are answered in their order, so that looking for
 * one begins, and nearly always ends, at the front.
 */

/** A power of two; it grows to the twenty at a time that are usual, and further. */
const FIRST_ROOM = 8;

export class WaitingLine<Item> {
  private items: (Item | undefined)[] = Array.from({ length: FIRST_ROOM }, () => undefined);
  private keys = new Int32Array(FIRST_ROOM);
  private first = 0;
  length = 0;

  /** Position from the front of the first one from `from` on; -1 when none has this key. */
  find(key: number, from = 0): number {
    const { keys, first } = this;
    const mask = keys.length - 1;
    for (let at = from; at < this.length; at++) if (keys[(first + at) & mask] === key) return at;
    return -1;
  }

  at(position: number): Item | undefined {
    return this.items[(this.first + position) & (this.keys.length - 1)];
  }

  /** Position of this one; -1 when it does not wait. */
  positionOf(item: Item): number {
    for (let at = 0; at < this.length; at++) if (this.at(at) === item) return at;
    return -1;
  }

  push(key: number, item: Item): void {
    if (this.length === this.keys.length) this.grow();
    const slot = (this.first + this.length++) & (this.keys.length - 1);
    this.items[slot] = item;
    this.keys[slot] = key;
  }

  /** Those before it move up. */
  remove(position: number): void {
    const { items, keys, first } = this;
    const mask = keys.length - 1;
    for (let at = position; at > 0; at--) {
      const slot = (first + at) & mask;
      const before = (slot - 1) & mask;
      items[slot] = items[before];
      keys[slot] = keys[before] ?? 0;
    }
    items[first] = undefined;
    this.first = (first + 1) & mask;
    this.length--;
  }

  /** All of them, in their order; none is left. */
  takeAll(): Item[] {
    const all: Item[] = [];
    for (let item = this.at(0); item !== undefined; item = this.at(0)) {
      all.push(item);
      this.remove(0);
    }
    return all;
  }

  private grow(): void {
    const { items, keys, first } = this;
    const room = keys.length;
    const order = Array.from({ length: 2 * room }, (_, at) => (first + at) & (room - 1));
    this.items = order.map((slot, at) => (at < room ? items[slot] : undefined));
    this.keys = Int32Array.from(order, (slot) => keys[slot] ?? 0);
    this.first = 0;
  }
}
