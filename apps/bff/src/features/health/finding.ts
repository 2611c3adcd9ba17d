/** What a check found, in the few forms they all have. */

import type { Check } from '@kubeshark/contract';

export type Finding = Omit<Check, 'id' | 'title'>;
export const ok = (evidence: string): Finding => ({ state: 'ok', evidence });
export const amiss = (state: 'warning' | 'failed', evidence: string, nextStep: string): Finding => ({
  state,
  evidence,
  nextStep,
});
export const unknown = (evidence: string): Finding => ({ state: 'unknown', evidence });

export const counted = (count: number, noun: string) =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** The largest few of a set of counters: `5432 (1,204), 9092 (3)`. */
export function largest(counts: Readonly<Record<string, number>>, most = 3): string {
  const rows = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return rows
    .slice(0, most)
    .map(([name, count]) => `${name} (${count.toLocaleString('en')})`)
    .join(', ');
}
