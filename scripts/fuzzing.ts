/** What every fuzzer has. */

/** Fixtures are read in milliseconds: this is a loop that does not end, or work that grows with what a length claims. */
export const SLOW_MILLIS = 1000;

/** Numbers in [0, 1) that a seed repeats (xorshift32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Milliseconds that this process has worked: on a busy machine the clock says nothing. */
export function workedMillis(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
