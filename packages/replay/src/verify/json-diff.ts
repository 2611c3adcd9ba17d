/** Where two JSON values differ, by path. */

import type { Step } from './json-path.ts';

export interface JsonDifference {
  readonly steps: readonly Step[];
  readonly kind: 'changed' | 'missing' | 'added';
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/** Differences reported of one pair: nobody reads more. */
export const MAX_DIFFERENCES = 100;
const MAX_DEPTH = 64;
/** Items of a list that are matched without regard to their order; the cost grows with the square. */
const MAX_UNORDERED = 500;

export interface DiffOptions {
  /** Lists at these places are sets: their order means nothing. */
  readonly isSet: (steps: readonly Step[]) => boolean;
  readonly isIgnored: (steps: readonly Step[]) => boolean;
}

export function diffJson(expected: unknown, actual: unknown, options: DiffOptions): JsonDifference[] {
  const found: JsonDifference[] = [];
  compare({ expected, actual, steps: [] }, { options, found });
  return found;
}

interface Pair {
  readonly expected: unknown;
  readonly actual: unknown;
  readonly steps: readonly Step[];
}
interface Work {
  readonly options: DiffOptions;
  readonly found: JsonDifference[];
}

function compare(pair: Pair, work: Work): void {
  const { expected, actual, steps } = pair;
  const { options, found } = work;
  if (expected === actual || found.length >= MAX_DIFFERENCES || options.isIgnored(steps)) return;
  const areLists = Array.isArray(expected) && Array.isArray(actual);
  if (areLists && steps.length < MAX_DEPTH) {
    if (options.isSet(steps) && expected.length <= MAX_UNORDERED) compareSets({ expected, actual, steps }, work);
    else compareLists({ expected, actual, steps }, work);
  } else if (isRecord(expected) && isRecord(actual) && steps.length < MAX_DEPTH)
    compareRecords({ expected, actual, steps }, work);
  else found.push({ steps, kind: 'changed', expected, actual });
}

type Lists = Pair & { readonly expected: readonly unknown[]; readonly actual: readonly unknown[] };

function compareLists({ expected, actual, steps }: Lists, work: Work): void {
  for (let at = 0; at < Math.max(expected.length, actual.length); at++) member({ expected, actual, steps }, at, work);
}

type Record_ = Readonly<Record<string, unknown>>;

function compareRecords(pair: Pair & { readonly expected: Record_; readonly actual: Record_ }, work: Work): void {
  for (const name of new Set([...Object.keys(pair.expected), ...Object.keys(pair.actual)])) member(pair, name, work);
}

function member({ expected, actual, steps }: Pair, step: Step, { options, found }: Work): void {
  const place = [...steps, step];
  const [before, after] = [expected, actual].map((value) =>
    Object.hasOwn(value as object, step) ? { value: (value as Record_)[String(step)] } : undefined,
  );
  if (found.length >= MAX_DIFFERENCES || options.isIgnored(place)) return;
  if (before === undefined) found.push({ steps: place, kind: 'added', actual: after?.value });
  else if (after === undefined) found.push({ steps: place, kind: 'missing', expected: before.value });
  else compare({ expected: before.value, actual: after.value, steps: place }, { options, found });
}

/** Each expected item takes the first actual one that is equal to it; what is left over on either side differs. */
function compareSets({ expected, actual, steps }: Lists, { options, found }: Work): void {
  const left = new Set(actual.keys());
  for (const [at, item] of expected.entries()) {
    const place = [...steps, at];
    const partner = [...left].find((index) => {
      const inner: JsonDifference[] = [];
      compare({ expected: item, actual: actual[index], steps: place }, { options, found: inner });
      return inner.length === 0;
    });
    if (partner === undefined) found.push({ steps: place, kind: 'missing', expected: item });
    else left.delete(partner);
    if (found.length >= MAX_DIFFERENCES) return;
  }
  for (const index of left) found.push({ steps: [...steps, index], kind: 'added', actual: actual[index] });
}

const isRecord = (value: unknown): value is Record_ =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
