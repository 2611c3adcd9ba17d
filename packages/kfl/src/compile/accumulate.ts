/** Aggregates in memory: one accumulator per group and column. */

import type { AggregateColumn } from '../types/stages.ts';
import type { Value } from '../values/compare.ts';
import { isNumber, isTrue } from '../values/compare.ts';
import { compileRead, type PredicateOptions } from './predicate.ts';
import type { Document, Read } from './read.ts';

export interface Accumulator {
  add(entry: Document): void;
  /** `seconds` is the time that rate() divides by. */
  result(seconds: number): Value;
}

/** What all accumulators of a run share: how many values they may still hold. */
export interface Budget {
  values: number;
  dropped: number;
}

/** A column's recipe: called once per group. */
export function accumulatorOf(column: AggregateColumn, budget: Budget, options: PredicateOptions): () => Accumulator {
  const read: Read = column.of === undefined ? () => null : compileRead(column.of, options);
  switch (column.kind) {
    case 'count':
      return () =>
        counter(
          () => true,
          (count) => count,
        );
    case 'rate':
      return () =>
        counter(
          () => true,
          (count, _, seconds) => count / seconds,
        );
    case 'errorRate':
      return () =>
        counter(
          (entry) => isTrue(read(entry)),
          (count, passed) => (count === 0 ? null : passed / count),
        );
    case 'sum':
      return () =>
        folded(
          read,
          (sum, value) => sum + value,
          (sum) => sum,
        );
    case 'avg':
      return () =>
        folded(
          read,
          (sum, value) => sum + value,
          (sum, count) => sum / count,
        );
    case 'min':
      return () =>
        folded(
          read,
          (least, value) => Math.min(least, value),
          (least) => least,
        );
    case 'max':
      return () =>
        folded(
          read,
          (most, value) => Math.max(most, value),
          (most) => most,
        );
    case 'quantile':
      return () => quantile(read, column.quantile ?? 0.5, budget);
    case 'dcount':
      return () => distinct(read, budget);
  }
}

function counter(
  passes: (entry: Document) => boolean,
  result: (count: number, passed: number, seconds: number) => Value,
): Accumulator {
  let count = 0;
  let passed = 0;
  return {
    add(entry) {
      count++;
      if (passes(entry)) passed++;
    },
    result: (seconds) => result(count, passed, seconds),
  };
}

/** Over the numbers that are there; null when there are none. */
function folded(
  read: Read,
  next: (sofar: number, value: number) => number,
  result: (total: number, count: number) => number,
): Accumulator {
  let total = 0;
  let count = 0;
  return {
    add(entry) {
      const value = read(entry);
      if (!isNumber(value)) return;
      total = count === 0 ? Number(value) : next(total, Number(value));
      count++;
    },
    result: () => (count === 0 ? null : result(total, count)),
  };
}

function quantile(read: Read, part: number, budget: Budget): Accumulator {
  const values: number[] = [];
  return {
    add(entry) {
      const value = read(entry);
      if (!isNumber(value)) return;
      if (budget.values > 0) {
        budget.values--;
        values.push(Number(value));
      } else budget.dropped++;
    },
    result() {
      const sorted = Float64Array.from(values).sort();
      const place = part * (sorted.length - 1);
      const below = sorted[Math.floor(place)];
      const above = sorted[Math.ceil(place)];
      return below === undefined || above === undefined ? null : below + (above - below) * (place - Math.floor(place));
    },
  };
}

function distinct(read: Read, budget: Budget): Accumulator {
  const seen = new Set<string>();
  return {
    add(entry) {
      const value = read(entry);
      if (value === null || value === undefined) return;
      const key = groupKey(value);
      if (seen.has(key)) return;
      if (budget.values > 0) {
        budget.values--;
        seen.add(key);
      } else budget.dropped++;
    },
    result: () => seen.size,
  };
}

/** A text that is the same for equal values and different for others; 5 and 5n are equal. */
export function groupKey(value: Value): string {
  if (typeof value === 'string') return `"${value}`;
  return typeof value === 'bigint' ? String(value) : jsonOf(value);
}

/** JSON with numbers past 2^53 as they are; null for what is nested too deeply to be written. */
export function jsonOf(value: Value): string {
  try {
    return JSON.stringify(value ?? null, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
  } catch {
    // The only thing that goes wrong here is the stack's end: a document that is thousands of levels deep.
    return 'null';
  }
}
