/** How delays are spread. */

/** Milliseconds: above 20 a delay of a call is too long. */
const STEPS = [5, 10, 20, 50, 100] as const;

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Share of each step, and of what is above the last. */
  readonly shares: readonly number[];
}

export const nothing: Spread = { p50: 0, p99: 0, max: 0, shares: [] };

/** Sorts the delays. */
export function spread(delays: Float64Array): Spread {
  const { length } = delays.sort();
  if (length === 0) return nothing;
  const belowOrAt = (most: number) => delays.findLastIndex((delay) => delay <= most) + 1;
  const counts = [...STEPS.map(belowOrAt), length];
  return {
    p50: delays[Math.floor(length * 0.5)] ?? 0,
    p99: delays[Math.floor(length * 0.99)] ?? 0,
    max: delays[length - 1] ?? 0,
    shares: counts.map((count, step) => (count - (counts[step - 1] ?? 0)) / length),
  };
}

export function spreadText({ p50, p99, max, shares }: Spread): string {
  const names = [...STEPS.map((most) => `≤${most}`), `>${STEPS.at(-1)}`];
  const parts = shares.map((share, step) => `${names[step]} ${(share * 100).toFixed(1)} %`);
  return `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(0)} ms (${parts.join(', ')})`;
}
