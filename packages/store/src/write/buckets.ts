/** Which partition a block goes to: a span of the time of storing, cut short when a lot arrives. */

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** Reading everything opens every partition: 361 of them made the newest page 17 times slower than 7. */
const PARTITIONS_WANTED = 48;
const DEFAULT_SECONDS = 60 * MINUTE;

/** Length of a partition for data kept `maxAgeSeconds`: whole minutes, at most a day. */
export function bucketSeconds(maxAgeSeconds: number | undefined): number {
  if (maxAgeSeconds === undefined) return DEFAULT_SECONDS;
  const wanted = Math.ceil(maxAgeSeconds / PARTITIONS_WANTED / MINUTE) * MINUTE;
  return Math.min(Math.max(wanted, MINUTE), DAY);
}

export class Buckets {
  #seconds = DEFAULT_SECONDS;
  #current = 0;
  #ends = 0;

  setAge(maxAgeSeconds: number | undefined): void {
    this.#seconds = bucketSeconds(maxAgeSeconds);
  }

  /** The bucket to store in now: the second it began. */
  at(nowSeconds: number): number {
    if (nowSeconds >= this.#ends) {
      // Aligned, so that hubs on one database and a hub that starts again fill the same partition.
      this.#current = Math.floor(nowSeconds / this.#seconds) * this.#seconds;
      this.#ends = this.#current + this.#seconds;
    }
    return this.#current;
  }

  /** Ends the current bucket early: it has its share of the space. */
  cut(nowSeconds: number): void {
    const second = Math.floor(nowSeconds);
    if (second <= this.#current) return;
    this.#current = second;
    this.#ends = (Math.floor(second / this.#seconds) + 1) * this.#seconds;
  }
}
