/** Pipelines in memory: each stage is pushed rows and pushes rows; only sorts and groups hold any. */

import { MAX_GROUPS, MAX_ROWS, MAX_VALUES } from '../limits.ts';
import type { CheckedStage, Column, ValueColumn } from '../types/stages.ts';
import type { Value } from '../values/compare.ts';
import { isNumber, order, wholeNumber } from '../values/compare.ts';
import { listOf } from '../values/path.ts';
import { type Accumulator, accumulatorOf, type Budget, groupKey, jsonOf } from './accumulate.ts';
import type { Compiled } from './compile.ts';
import { compileRead, compileTest, type PredicateOptions } from './predicate.ts';
import type { Document } from './read.ts';

export type PipelineResult =
  /** The stages kept entries as they are. */
  | { readonly kind: 'entries'; readonly entries: readonly Document[]; readonly dropped: number }
  /** Cells stand in the order of the columns; a missing value is null. `dropped` counts what limits left out. */
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Value[])[];
      readonly dropped: number;
    };

export interface Run {
  /** Takes an entry; false when no further entry can change the result. */
  push(entry: object): boolean;
  /** The result; nothing may be pushed after it. */
  finish(): PipelineResult;
}

interface Stage {
  push(row: Document): boolean;
  finish(): void;
}

export interface RunOptions extends PredicateOptions {
  /** Given each entry that a query without columns finds, as soon as it is certain; the result then has none. */
  readonly onEntry?: (entry: object) => void;
}

/** Begins a run of the whole query: condition, stages, `limit()`, `rlimit()` and `leftOff()`. */
export function startRun(compiled: Compiled, options: RunOptions = {}): Run {
  const budget: Budget = { values: MAX_VALUES, dropped: 0 };
  const collected: Document[] = [];
  const columns = columnsOf(compiled.stages);
  const onEntry = columns === undefined && compiled.rlimit === undefined ? options.onEntry : undefined;
  const last: Stage = {
    push(row) {
      if (onEntry !== undefined) onEntry(row);
      else if (collected.length < MAX_ROWS) collected.push(row);
      else budget.dropped++;
      return true;
    },
    finish() {
      // The last stage hands on to nobody.
    },
  };
  const { limit, stages } = compiled;
  const bounded: readonly CheckedStage[] = limit === undefined ? stages : [{ kind: 'limit', count: limit }, ...stages];
  const first = bounded.reduceRight<Stage>((next, stage) => stageOf(stage, next, { budget, options }), last);
  const isAfter = afterId(compiled.leftOff);
  return {
    push: (entry) => (isAfter(entry) && compiled.predicate(entry) ? first.push(entry as Document) : true),
    finish() {
      first.finish();
      const { dropped } = budget;
      if (columns === undefined) return { kind: 'entries', entries: newest(collected, compiled.rlimit), dropped };
      const rows = collected.map((row) => columns.map(({ name }) => row[name] ?? null));
      return { kind: 'table', columns, rows, dropped };
    },
  };
}

/** `leftOff(id)`: ids rise with time, so what comes after has a higher one. */
function afterId(id: string | undefined): (entry: object) => boolean {
  if (id === undefined) return () => true;
  const mark = wholeNumber(id) ?? id;
  return (entry) => {
    const ordering = order((entry as Document)['id'], mark);
    return ordering !== undefined && ordering > 0;
  };
}

/** `rlimit(n)` keeps the last n that came. */
const newest = (entries: readonly Document[], count: number | undefined) =>
  count === undefined ? entries : entries.slice(-count);

/** The query over entries that are at hand. */
export function runQuery(
  compiled: Compiled,
  entries: Iterable<object>,
  options: PredicateOptions = {},
): PipelineResult {
  const run = startRun(compiled, options);
  for (const entry of entries) if (!run.push(entry)) break;
  return run.finish();
}

/** The columns a query ends with; undefined when it ends with entries. */
export function columnsOf(stages: readonly CheckedStage[]): readonly Column[] | undefined {
  const shaping = stages.findLast((stage) => stage.kind === 'aggregate' || stage.kind === 'fields');
  if (shaping === undefined) return undefined;
  return (shaping.kind === 'fields' ? shaping.columns : [...shaping.keys, ...shaping.aggregates]).map(
    ({ name, type, unit }) => ({ name, type, ...(unit !== undefined && { unit }) }),
  );
}

interface Shared {
  readonly budget: Budget;
  readonly options: PredicateOptions;
}

function stageOf(stage: CheckedStage, next: Stage, shared: Shared): Stage {
  switch (stage.kind) {
    case 'where': {
      const test = compileTest(stage.filter, shared.options);
      return { push: (row) => (test(row) ? next.push(row) : true), finish: () => next.finish() };
    }
    case 'limit':
      return limited(stage.count, next);
    case 'sort':
      return sorted(stage, next, shared);
    case 'fields': {
      const cells = cellReader(stage.columns, shared.options);
      return {
        push: (row) =>
          next.push(Object.fromEntries(cells(row).map((value, at) => [stage.columns[at]?.name ?? '', value]))),
        finish: () => next.finish(),
      };
    }
    case 'aggregate':
      return aggregated(stage, next, shared);
  }
}

function limited(count: number, next: Stage): Stage {
  let passed = 0;
  return {
    push(row) {
      if (passed >= count) return false;
      passed++;
      return next.push(row) && passed < count;
    },
    finish: () => next.finish(),
  };
}

function sorted({ keys }: Extract<CheckedStage, { kind: 'sort' }>, next: Stage, { budget, options }: Shared): Stage {
  const reads = keys.map(({ by }) => compileRead(by, options));
  const held: { readonly row: Document; readonly values: readonly Value[] }[] = [];
  return {
    push(row) {
      if (held.length < MAX_ROWS) held.push({ row, values: reads.map((read) => read(row)) });
      else budget.dropped++;
      return true;
    },
    finish() {
      held.sort((a, b) => {
        for (const [at, { descending }] of keys.entries()) {
          const ordering = compareCells(a.values[at], b.values[at], descending);
          if (ordering !== 0) return ordering;
        }
        return 0;
      });
      for (const { row } of held) if (!next.push(row)) break;
      next.finish();
    },
  };
}

/** Numbers before texts before the rest; what is missing comes last, whichever way the rest is ordered. */
function compareCells(left: Value, right: Value, descending: boolean): number {
  const [a, b] = [sortable(left), sortable(right)];
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const ordering = typeof a === typeof b || (isNumber(a) && isNumber(b)) ? (order(a, b) ?? 0) : isNumber(a) ? -1 : 1;
  return descending ? -ordering : ordering;
}
function sortable(value: Value): number | bigint | string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return Number(value);
  return isNumber(value) || typeof value === 'string' ? value : jsonOf(value);
}

/** Reads the cells of a row: what is not a single value becomes its JSON. */
function cellReader(columns: readonly ValueColumn[], options: PredicateOptions): (row: Document) => readonly Value[] {
  const reads = columns.map(({ value }) => compileRead(value, options));
  return (row) =>
    reads.map((read, at) => {
      const value = (columns[at]?.type === 'strings' ? listOf(read(row)) : read(row)) ?? null;
      return typeof value === 'object' && value !== null ? jsonOf(value) : value;
    });
}

function aggregated(
  stage: Extract<CheckedStage, { kind: 'aggregate' }>,
  next: Stage,
  { budget, options }: Shared,
): Stage {
  const { keys, span } = stage;
  const cells = cellReader(keys, options);
  const recipes = stage.aggregates.map((column) => accumulatorOf(column, budget, options));
  const groups = new Map<string, { readonly cells: readonly Value[]; readonly accumulators: readonly Accumulator[] }>();
  const window = timeWindow(stage, options);
  return {
    push(row) {
      window.add(row);
      const values =
        span === undefined ? cells(row) : cells(row).map((value, at) => (at === 0 ? bucketOf(value, span) : value));
      const key = values.map(groupKey).join('\u0000');
      let group = groups.get(key);
      if (group === undefined) {
        if (groups.size >= MAX_GROUPS) {
          budget.dropped++;
          return true;
        }
        group = { cells: values, accumulators: recipes.map((recipe) => recipe()) };
        groups.set(key, group);
      }
      for (const accumulator of group.accumulators) accumulator.add(row);
      return true;
    },
    finish() {
      // Without keys there is one row, also over no entries.
      if (keys.length === 0 && groups.size === 0)
        groups.set('', { cells: [], accumulators: recipes.map((recipe) => recipe()) });
      const seconds = span === undefined ? window.seconds() : span / 1e6;
      for (const group of groups.values()) {
        const row = new Map<string, Value>(keys.map(({ name }, at) => [name, group.cells[at]]));
        for (const [at, { name }] of stage.aggregates.entries()) row.set(name, group.accumulators[at]?.result(seconds));
        if (!next.push(Object.fromEntries(row))) break;
      }
      next.finish();
    },
  };
}

const bucketOf = (time: Value, span: number): Value =>
  typeof time === 'number' ? Math.floor(time / span) * span : null;

/** Shortest time rate() divides by: one entry alone is one per second, not infinitely many. */
const MIN_RATE_SECONDS = 1;

/** Time between the first and the last entry, for rate(). */
function timeWindow({ aggregates }: Extract<CheckedStage, { kind: 'aggregate' }>, options: PredicateOptions) {
  const rate = aggregates.find(({ kind }) => kind === 'rate')?.of;
  const read = rate === undefined ? () => null : compileRead(rate, options);
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add(row: Document) {
      const time = read(row);
      if (typeof time !== 'number') return;
      if (time < first) first = time;
      if (time > last) last = time;
    },
    seconds: () => Math.max((last - first) / 1e6, MIN_RATE_SECONDS),
  };
}
