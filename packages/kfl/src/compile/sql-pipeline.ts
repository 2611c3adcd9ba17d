/** Whole pipelines as one SELECT, where SQL can say all of it; else the caller runs them in memory over the entries. */

import { MAX_ROWS } from '../limits.ts';
import type { AggregateColumn, CheckedStage, Column, ValueColumn } from '../types/stages.ts';
import type { FieldNode, Typed } from '../types/typed.ts';
import type { Value } from '../values/compare.ts';
import { jsonOf } from './accumulate.ts';
import type { Compiled } from './compile.ts';
import { columnsOf } from './pipeline.ts';
import { type SqlOptions, usedIn } from './sql.ts';
import { toCondition } from './sql-condition.ts';
import { Binder, type SqlMapping, type SqlParameters } from './sql-mapping.ts';
import type { ConditionContext } from './sql-pieces.ts';
import { entryFields, nullable, type SqlValue, toSqlValue } from './sql-values.ts';

/** Written by the store, never from a query. */
export interface SqlSource {
  readonly table: string;
  /** Further conditions, with parameters of its own. */
  readonly where?: string;
}

export interface SqlPipeline {
  /** One SELECT with the columns in order. */
  readonly sql: string;
  readonly parameters: SqlParameters;
  readonly columns: readonly Column[];
  /** A row of the engine as cells: booleans, numbers and texts as the in-memory run gives them. */
  readonly decode: (row: readonly unknown[]) => readonly Value[];
}

/** How a cell comes back: `json` is the JSON of a value that may be of several types. */
type Coding = 'text' | 'number' | 'bool' | 'json';

interface Cell {
  readonly sql: string;
  readonly coding: Coding;
}

/** A SELECT so far: what the next stage reads from. */
interface Level {
  readonly from: string;
  readonly where: readonly string[];
  readonly order: readonly string[];
  readonly limit?: number;
  readonly field: ConditionContext['field'];
  /** How many SELECTs are nested: columns of each have names of their own, `c1_0`, `c1_1`. */
  readonly depth: number;
  /** Codings of the columns; absent over entries. */
  readonly codings?: readonly Coding[];
  readonly names?: readonly string[];
}

/** Undefined when the query ends with entries, or when SQL cannot say a part of it exactly. */
export function compileSqlPipeline(
  compiled: Compiled,
  mapping: SqlMapping,
  { source, prefix = 'p' }: SqlOptions & { readonly source: SqlSource },
): SqlPipeline | undefined {
  const columns = columnsOf(compiled.stages);
  if (!compiled.isValid || columns === undefined || compiled.rlimit !== undefined) return undefined;
  const binder = new Binder(prefix);
  const heavy = new Set<string>();
  const compiler = new PipelineCompiler(binder, heavy, mapping);
  const level: Level = {
    from: source.table,
    where: source.where === undefined ? [] : [source.where],
    order: [],
    depth: 0,
    field: entryFields(mapping, binder, heavy),
  };
  const { filter, limit } = compiled;
  const before: readonly CheckedStage[] = [
    ...(filter === undefined ? [] : [{ kind: 'where', filter } as const]),
    ...(limit === undefined ? [] : [{ kind: 'limit', count: limit } as const]),
  ];
  let last: Level | undefined = level;
  for (const stage of [...before, ...compiled.stages]) last = last && compiler.apply(stage, last);
  if (last?.codings === undefined) return undefined;
  const { codings } = last;
  const sql = select(codings.map((_, at) => columnName(last.depth, at)).join(', '), {
    ...last,
    limit: Math.min(last.limit ?? MAX_ROWS, MAX_ROWS),
  });
  return {
    sql,
    parameters: usedIn(sql, binder.parameters),
    columns,
    decode: (row) => codings.map((coding, at) => decodeCell(row[at], coding)),
  };
}

function select(what: string, { from, where, order, limit }: Level): string {
  const conditions = where.length === 0 ? '' : ` WHERE ${where.map((one) => `(${one})`).join(' AND ')}`;
  const by = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
  return `SELECT ${what} FROM ${from}${conditions}${by}${limit === undefined ? '' : ` LIMIT ${limit}`}`;
}

function decodeCell(cell: unknown, coding: Coding): Value {
  if (cell === null || cell === undefined) return null;
  switch (coding) {
    case 'text':
      return typeof cell === 'string' ? cell : jsonOf(cell);
    case 'number':
      return Number(cell);
    case 'bool':
      return cell === true || Number(cell) === 1;
    case 'json': {
      const value: unknown = JSON.parse(String(cell as string));
      return typeof value === 'object' ? jsonOf(value) : value;
    }
  }
}

class PipelineCompiler {
  readonly #binder: Binder;
  readonly #heavy: Set<string>;
  readonly #mapping: SqlMapping;

  constructor(binder: Binder, heavy: Set<string>, mapping: SqlMapping) {
    this.#binder = binder;
    this.#heavy = heavy;
    this.#mapping = mapping;
  }

  apply(stage: CheckedStage, level: Level): Level | undefined {
    switch (stage.kind) {
      case 'where': {
        const ready = level.limit === undefined ? level : this.#wrapped(level);
        if (ready === undefined) return undefined;
        const condition = toCondition(stage.filter, this.#context(ready));
        return condition?.isExact ? { ...ready, where: [...ready.where, condition.sql] } : undefined;
      }
      case 'sort': {
        const ready = level.limit === undefined ? level : this.#wrapped(level);
        const keys = ready && allOf(stage.keys, ({ by, descending }) => this.#order(by, descending, ready));
        return ready && keys && { ...ready, order: keys.flat() };
      }
      case 'limit': {
        // The store's own order is newest first.
        const order =
          level.order.length > 0 || level.codings !== undefined
            ? level.order
            : [`${this.#mapping.columns['id']?.column ?? '1'} DESC`];
        return { ...level, order, limit: Math.min(level.limit ?? stage.count, stage.count) };
      }
      case 'fields':
        return this.#project(stage.columns, level);
      case 'aggregate':
        return this.#aggregate(stage, level);
    }
  }

  #context(level: Level): ConditionContext {
    return { binder: this.#binder, heavy: this.#heavy, field: level.field, unfinished: () => undefined };
  }

  /** A level whose rows are done: the next stage reads from it. Over entries there is nothing to read from. */
  #wrapped(level: Level): Level | undefined {
    if (level.codings === undefined) return undefined;
    return {
      ...level,
      from: `(${select('*', level)})`,
      where: [],
      order: [],
      ...columnFields(level.depth, level.codings, level.names ?? []),
    };
  }

  #project(columns: readonly ValueColumn[], level: Level): Level | undefined {
    const cells = allOf(columns, ({ value }) => this.#cell(value, level));
    if (cells === undefined) return undefined;
    const what = cells.map(({ sql }, at) => `${sql} AS ${columnName(level.depth + 1, at)}`).join(', ');
    // The order of the entries has to survive: it becomes a column of its own.
    const from = `(${select(what, level)})`;
    return {
      from,
      where: [],
      order: [],
      ...columnFields(
        level.depth + 1,
        cells.map(({ coding }) => coding),
        columns.map(({ name }) => name),
      ),
    };
  }

  #aggregate(
    { keys, aggregates, span }: Extract<CheckedStage, { kind: 'aggregate' }>,
    level: Level,
  ): Level | undefined {
    if (level.limit !== undefined) return undefined;
    const keyCells = allOf(keys, ({ value }) => this.#cell(value, level));
    const values = allOf(aggregates, (column) => this.#aggregateCell(column, level, span));
    if (keyCells === undefined || values === undefined) return undefined;
    const grouped = keyCells.map((cell, at) => (at === 0 && span !== undefined ? this.#bucket(cell, span) : cell));
    const cells = [...grouped, ...values];
    const what = cells.map(({ sql }, at) => `${sql} AS ${columnName(level.depth + 1, at)}`).join(', ');
    const by =
      grouped.length === 0 ? '' : ` GROUP BY ${grouped.map((_, at) => columnName(level.depth + 1, at)).join(', ')}`;
    const from = `(${select(what, { ...level, order: [] })}${by})`;
    return {
      from,
      where: [],
      order: [],
      ...columnFields(
        level.depth + 1,
        cells.map(({ coding }) => coding),
        [...keys, ...aggregates].map(({ name }) => name),
      ),
    };
  }

  #bucket({ sql }: Cell, span: number): Cell {
    const bound = this.#binder.number(span);
    return { sql: `floor(${sql} / ${bound}) * ${bound}`, coding: 'number' };
  }

  /** A value as one cell; NULL when it is missing. */
  #cell(value: Typed, level: Level): Cell | undefined {
    if (value.type === 'bool' && value.kind !== 'field') {
      const condition = toCondition(value, this.#context(level));
      return condition?.isExact ? { sql: condition.sql, coding: 'bool' } : undefined;
    }
    if (value.kind === 'constant') return undefined;
    const found = toSqlValue(value, this.#context(level));
    return found && cellOf(found);
  }

  #aggregateCell(column: AggregateColumn, level: Level, span: number | undefined): Cell | undefined {
    const { kind, of } = column;
    if (kind === 'count') return { sql: 'count()', coding: 'number' };
    if (of === undefined) return undefined;
    if (kind === 'errorRate') {
      const failed = toCondition(of, this.#context(level));
      return failed?.isExact
        ? { sql: `if(count() = 0, NULL, countIf(${failed.sql}) / count())`, coding: 'number' }
        : undefined;
    }
    const cell = this.#cell(of, level);
    if (kind === 'dcount') return cell && { sql: `uniqExact(${cell.sql})`, coding: 'number' };
    const number = this.#number(of, level);
    if (number === undefined) return undefined;
    if (kind === 'rate') return { sql: this.#rate(number, span), coding: 'number' };
    if (kind !== 'quantile') return { sql: `${kind}OrNull(${number})`, coding: 'number' };
    // A parameter of an aggregate cannot be bound; this is a number that was read as one.
    return { sql: `quantileExactInclusiveOrNull(${Number(column.quantile)})(${number})`, coding: 'number' };
  }

  #rate(time: string, span: number | undefined): string {
    if (span !== undefined) return `count() / ${this.#binder.number(span / 1e6)}`;
    return `count() / greatest((max(max(${time})) OVER () - min(min(${time})) OVER ()) / 1e6, 1)`;
  }

  #number(value: Typed, level: Level): string | undefined {
    const found = toSqlValue(value, this.#context(level));
    if (found?.kind === 'number') return nullable(found);
    // A status that is a text is not a number, even when its column has one beside it.
    return found?.kind === 'status' ? whenHeld(found, `if(${found.text} = '', ${found.sql}, NULL)`) : undefined;
  }

  #order(by: Typed, descending: boolean, level: Level): readonly string[] | undefined {
    const way = descending ? 'DESC' : 'ASC';
    const cell = this.#cell(by, level);
    if (cell === undefined) return undefined;
    const { sql, coding } = cell;
    if (coding !== 'json') return [`${sql} ${way} NULLS LAST`];
    // Numbers before texts, as in memory.
    return [
      `isNull(${sql})`,
      `startsWith(${sql}, '"') ${way}`,
      `toFloat64OrNull(${sql}) ${way} NULLS LAST`,
      `${sql} ${way} NULLS LAST`,
    ];
  }
}

const whenHeld = ({ when }: { readonly when?: string }, sql: string) =>
  when === undefined ? sql : `if(${when}, ${sql}, NULL)`;

function cellOf(value: SqlValue): Cell | undefined {
  switch (value.kind) {
    case 'text':
    case 'number':
    case 'bool':
      return { sql: nullable(value), coding: value.kind };
    case 'integer':
      return { sql: `toString(${value.sql})`, coding: 'text' };
    case 'status': {
      const json = `multiIf(${value.text} != '', toJSONString(toString(${value.text})), isNotNull(${value.sql}), toString(${value.sql}), NULL)`;
      return { sql: whenHeld(value, json), coding: 'json' };
    }
    case 'texts': {
      const list = `toJSONString(${value.sql})`;
      const json = value.isMapValue ? `if(length(${value.sql}) = 1, toJSONString(${value.sql}[1]), ${list})` : list;
      return { sql: `if(${value.there}, ${json}, NULL)`, coding: 'json' };
    }
    case 'map':
    case 'object':
    case 'json':
      return undefined;
  }
}

const columnName = (depth: number, at: number) => `c${depth}_${at}`;

/** Names of columns as the values behind them. */
function columnFields(
  depth: number,
  codings: readonly Coding[],
  names: readonly string[],
): Pick<Level, 'field' | 'depth' | 'codings' | 'names'> {
  const field = ({ paths }: FieldNode): SqlValue | undefined => {
    const at = names.indexOf(paths[0]?.[0] ?? '');
    const coding = codings[at];
    const sql = columnName(depth, at);
    if (coding === undefined) return undefined;
    if (coding !== 'json') return { kind: coding, sql, missing: 'null' };
    // The JSON of a number or a text: as much as a status.
    const text = `ifNull(if(startsWith(${sql}, '"'), JSONExtractString(${sql}), ''), '')`;
    return { kind: 'status', sql: `toFloat64OrNull(${sql})`, text };
  };
  return { field, depth, codings, names };
}

/** All results, or undefined when there is one that could not be made. */
function allOf<A, B>(items: readonly A[], make: (item: A) => B | undefined): readonly B[] | undefined {
  const made = items.map(make).filter((item) => item !== undefined);
  return made.length === items.length ? made : undefined;
}
