/**
 * Places that are free again, taken in the order they became free: what ends together began together, so that what begins next
 * lies side by side again. The one freed last would be in the cache, but those before it are scattered.
 */

const FIRST_CAPACITY = 1024;

export class Places {
  /** A ring, a power of two long. */
  private places = new Int32Array(FIRST_CAPACITY);
  private first = 0;
  length = 0;

  give(place: number): void {
    if (this.length === this.places.length) this.grow();
    this.places[(this.first + this.length) & (this.places.length - 1)] = place;
    this.length++;
  }

  take(): number | undefined {
    if (this.length === 0) return undefined;
    const place = this.places[this.first];
    this.first = (this.first + 1) & (this.places.length - 1);
    this.length--;
    return place;
  }

  clear(): void {
    this.first = 0;
    this.length = 0;
  }

  private grow(): void {
    const { places, first } = this;
    const grown = new Int32Array(2 * places.length);
    grown.set(places.subarray(first));
    grown.set(places.subarray(0, first), places.length - first);
    this.places = grown;
    this.first = 0;
  }
}
