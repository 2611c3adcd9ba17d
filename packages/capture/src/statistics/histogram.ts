/**
 * Quantiles of latencies without keeping them: buckets that grow by powers of two, each cut into sixteen, so that a
 * quantile is at most about 3 % off over twelve orders of magnitude.
 */

const SUB_BITS = 4;
const SUB_BUCKETS = 2 ** SUB_BITS;
/** Microseconds up to 2^36: nineteen hours. */
const EXPONENTS = 36;
const BUCKETS = (EXPONENTS - SUB_BITS + 2) * SUB_BUCKETS;
const LARGEST = 2 ** EXPONENTS;

export class Histogram {
  private readonly counts = new Uint32Array(BUCKETS);
  count = 0;
  max = 0;

  /** Takes a value in microseconds. */
  add(micros: number): void {
    const value = Math.min(LARGEST, Math.max(0, Math.round(micros)));
    const bucket = bucketOf(value);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.count++;
    if (value > this.max) this.max = value;
  }

  /** The value below which `share` (0–1) of the values lie; null when there are none. */
  quantile(share: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (const [bucket, count] of this.counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(middleOf(bucket), this.max);
    }
    return this.max;
  }
}

function bucketOf(value: number): number {
  if (value < SUB_BUCKETS) return value;
  const exponent = value < 2 ** 31 ? 31 - Math.clz32(value) : Math.floor(Math.log2(value));
  const shift = exponent - SUB_BITS;
  const scaled = value < 2 ** 31 ? value >> shift : Math.floor(value / 2 ** shift);
  const sub = scaled - SUB_BUCKETS;
  return (exponent - SUB_BITS + 1) * SUB_BUCKETS + sub;
}

function middleOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const scale = 2 ** (Math.floor(bucket / SUB_BUCKETS) - 1);
  return ((bucket % SUB_BUCKETS) + SUB_BUCKETS + 0.5) * scale;
}
