/** What was made of texts that come again and again: names of keys, subjects, topics. */

export interface RememberedLimits {
  /** Texts kept; full, the memory starts afresh: a flood of new ones costs time, never memory. */
  readonly texts: number;
  /** Longer ones are made each time. */
  readonly characters: number;
}

export class Remembered<Value> {
  private readonly make: (text: string) => Value;
  private readonly limits: RememberedLimits;
  private readonly known = new Map<string, Value>();

  constructor(make: (text: string) => Value, limits: RememberedLimits) {
    this.make = make;
    this.limits = limits;
  }

  get size(): number {
    return this.known.size;
  }

  of(text: string): Value {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const value = this.make(text);
    if (text.length > this.limits.characters) return value;
    if (this.known.size >= this.limits.texts) this.known.clear();
    this.known.set(text, value);
    return value;
  }
}
