/** Checks pipelines and reduces their nine stages to five operations. */

import { cannotFollow, constantNeeded, notANumber, unknownAggregate, wrongArguments } from '../diagnostics.ts';
import type { Aggregate, Expr, Span, Stage } from '../syntax/ast.ts';
import { printAggregate, printExpr } from '../syntax/printer.ts';
import { nearest } from '../values/nearest.ts';
import type { AggregateKind } from './aggregates.ts';
import { aggregates } from './aggregates.ts';
import { asText, groupOf } from './comparisons.ts';
import type { Context } from './context.ts';
import { constant, constantNumber, report, spanOf } from './context.ts';
import { fieldNode } from './paths.ts';
import type { TimeUnit, Type } from './type.ts';
import { typeName } from './type.ts';
import type { Typed } from './typed.ts';

/** A column of a result, before and after it is computed. */
export interface Column {
  readonly name: string;
  readonly type: Type;
  readonly unit?: TimeUnit | 'bytes';
}
export interface ValueColumn extends Column {
  readonly value: Typed;
}
export interface AggregateColumn extends Column {
  readonly kind: AggregateKind;
  /** What is aggregated; absent for count(). For rate() the time, for errorRate() the error. */
  readonly of?: Typed;
  /** From 0 to 1. */
  readonly quantile?: number;
}

export type CheckedStage =
  | { readonly kind: 'where'; readonly filter: Typed }
  | {
      readonly kind: 'aggregate';
      readonly keys: readonly ValueColumn[];
      readonly aggregates: readonly AggregateColumn[];
      /** Microseconds of a timechart's span: the first key is the time. */
      readonly span?: number;
    }
  | { readonly kind: 'sort'; readonly keys: readonly { readonly by: Typed; readonly descending: boolean }[] }
  | { readonly kind: 'limit'; readonly count: number }
  | { readonly kind: 'fields'; readonly columns: readonly ValueColumn[] };

/** Shortest span of a timechart: a microsecond is the resolution of time. */
const MIN_SPAN_MICROS = 1;

/** Operations of a stage, and the other names its columns go by: `p95(response.latency)` for `p95`. */
interface Reduced {
  readonly operations: readonly CheckedStage[];
  readonly spellings?: ReadonlyMap<string, string>;
}

export function checkStages(stages: readonly Stage[], context: Context): readonly CheckedStage[] {
  const checked: CheckedStage[] = [];
  for (const stage of stages) {
    const { operations, spellings } = checkStage(stage, context);
    for (const operation of operations) {
      checked.push(operation);
      if (operation.kind === 'aggregate' || operation.kind === 'fields') leaveColumns(operation, context, spellings);
    }
  }
  return checked;
}

/** From here on only columns exist. */
function leaveColumns(
  stage: Extract<CheckedStage, { kind: 'aggregate' | 'fields' }>,
  context: Context,
  spellings: ReadonlyMap<string, string> = new Map(),
): void {
  const list: readonly Column[] = stage.kind === 'fields' ? stage.columns : [...stage.keys, ...stage.aggregates];
  const columns = new Map<string, Typed>();
  for (const { name, type, unit } of list)
    columns.set(name, columnNode({ name, type, ...(unit !== undefined && { unit }) }));
  for (const [text, name] of spellings) {
    const column = columns.get(name);
    if (column !== undefined && !columns.has(text)) columns.set(text, column);
  }
  context.columns = columns;
}

function columnNode({ name, type, unit }: Column): Typed {
  const time = unit !== undefined && unit !== 'bytes' ? { unit } : {};
  return { kind: 'field', name, isDeclared: true, paths: [[name]], type, start: 0, end: 0, ...time };
}

function checkStage(stage: Stage, context: Context): Reduced {
  switch (stage.kind) {
    case 'where':
      context.atTop = false;
      return { operations: [{ kind: 'where', filter: context.check(stage.filter) }] };
    case 'limit':
      return { operations: [{ kind: 'limit', count: stage.count }] };
    case 'sort':
      return {
        operations: [
          { kind: 'sort', keys: stage.keys.map(({ by, descending }) => ({ by: sortValue(by, context), descending })) },
        ],
      };
    case 'fields': {
      const columns = stage.fields.map((field) => valueColumn(field, context));
      return { operations: [{ kind: 'fields', columns }], spellings: spellingsOf(stage.fields, columns) };
    }
    case 'distinct': {
      const keys = [valueColumn(stage.field, context)];
      return { operations: [{ kind: 'aggregate', keys, aggregates: [] }], spellings: spellingsOf([stage.field], keys) };
    }
    case 'count':
      return group([countOf(stage)], stage.by, context);
    case 'stats':
      return group(stage.aggregates, stage.by, context);
    case 'top':
      return checkTop(stage, context);
    case 'timechart':
      return checkTimechart(stage, context);
  }
}

const countOf = ({ start, end }: Span): Aggregate => ({ name: 'count', args: [], start, end });

/** A column may be sorted by its name or by what it was computed from: `-p95(response.latency)`. */
function sortValue(by: Expr, context: Context): Typed {
  const column = context.columns?.get(printExpr(by));
  return column === undefined ? asText(context.check(by)) : { ...column, ...spanOf(by) };
}

function valueColumn(field: Expr, context: Context): ValueColumn {
  const value = asText(context.check(field));
  const name =
    value.kind === 'field' && value.isDeclared
      ? value.name
      : value.kind === 'text' && value.of.kind === 'field'
        ? value.of.name
        : printExpr(field);
  const unit = value.unit ?? (value.kind === 'field' && value.fieldUnit === 'bytes' ? 'bytes' : undefined);
  return { name, type: value.type, value, ...(unit !== undefined && { unit }) };
}

const spellingsOf = (fields: readonly Expr[], columns: readonly Column[]): ReadonlyMap<string, string> =>
  new Map(fields.map((field, index) => [printExpr(field), columns[index]?.name ?? '']));

function group(list: readonly Aggregate[], by: readonly Expr[], context: Context): Reduced {
  const keys = by.map((field) => valueColumn(field, context));
  return reduced(list, { keys, spellings: spellingsOf(by, keys) }, context);
}

interface Keys {
  readonly keys: readonly ValueColumn[];
  readonly spellings: ReadonlyMap<string, string>;
  readonly span?: number;
}

function reduced(list: readonly Aggregate[], { keys, spellings, span }: Keys, context: Context): Reduced {
  const taken = new Set(keys.map(({ name }) => name));
  const columns = list.map((one) => {
    const isShared = list.filter(({ name, as }) => as === undefined && name === one.name).length > 1;
    const short = one.as ?? (isShared ? printAggregate(one) : one.name);
    const name = taken.has(short) ? printAggregate(one) : short;
    taken.add(name);
    return aggregateColumn(one, name, context);
  });
  const names = new Map([
    ...spellings,
    ...list.map((one, index) => [printAggregate(one), columns[index]?.name ?? ''] as const),
  ]);
  const operation: CheckedStage = { kind: 'aggregate', keys, aggregates: columns, ...(span !== undefined && { span }) };
  return { operations: [operation], spellings: names };
}

function checkTop(stage: Extract<Stage, { kind: 'top' }>, context: Context): Reduced {
  const { operations, spellings } = group([stage.aggregate ?? countOf(stage)], [stage.field], context);
  const [operation] = operations;
  if (operation?.kind !== 'aggregate') return { operations };
  const sort = [
    ...operation.aggregates.map((column) => ({ by: columnNode(column), descending: true })),
    // Among equals the order of the values decides, so that the same query gives the same rows.
    ...operation.keys.map((column) => ({ by: columnNode(column), descending: false })),
  ];
  const rest: readonly CheckedStage[] = [
    { kind: 'sort', keys: sort },
    { kind: 'limit', count: stage.count },
  ];
  return { operations: [operation, ...rest], ...(spellings && { spellings }) };
}

function checkTimechart(stage: Extract<Stage, { kind: 'timechart' }>, context: Context): Reduced {
  const given = context.check(stage.span);
  const span = given.type === 'duration' ? constantNumber(given) : undefined;
  if (span === undefined || span < MIN_SPAN_MICROS)
    report(context, constantNeeded(stage.span, 'The span, such as 1m,'));
  const time = entryField('timestamp', stage, context);
  const by = stage.by === undefined ? [] : [stage.by];
  const keys = by.map((field) => valueColumn(field, context));
  const { operations, spellings } = reduced(
    stage.aggregates,
    {
      keys: [{ name: 'time', type: 'time', value: time }, ...keys],
      spellings: spellingsOf(by, keys),
      span: Math.max(span ?? 60e6, MIN_SPAN_MICROS),
    },
    context,
  );
  const sort: CheckedStage = {
    kind: 'sort',
    keys: [{ by: columnNode({ name: 'time', type: 'time' }), descending: false }],
  };
  return { operations: [...operations, sort], ...(spellings && { spellings }) };
}

/** A field every entry has, which an aggregate reads by itself. */
function entryField(name: string, at: Span, context: Context): Typed {
  const found = context.fields.find(name);
  if (context.columns !== undefined || found === undefined) {
    report(context, cannotFollow(at, name === 'timestamp' ? 'timechart' : 'errorRate()'));
    return constant(null, at);
  }
  return fieldNode(found, at);
}

function aggregateColumn(one: Aggregate, name: string, context: Context): AggregateColumn {
  const row = aggregates.get(one.name);
  if (row === undefined) {
    report(context, unknownAggregate(one, one.name, nearest(one.name, aggregates.keys())));
    return { name, kind: 'count', type: 'int' };
  }
  if (one.args.length !== row.arity) {
    report(context, wrongArguments(one, row.signature));
    return { name, kind: 'count', type: 'int' };
  }
  switch (row.kind) {
    case 'count':
      return { name, kind: 'count', type: 'int' };
    case 'rate':
      return { name, kind: 'rate', type: 'float', of: entryField('timestamp', one, context) };
    case 'errorRate':
      return { name, kind: 'errorRate', type: 'float', of: entryField('error', one, context) };
    default:
      return valueAggregate(one, { name, kind: row.kind, quantile: row.quantile }, context);
  }
}

interface Wanted {
  readonly name: string;
  readonly kind: AggregateKind;
  readonly quantile: number | undefined;
}

function valueAggregate(one: Aggregate, { name, kind, quantile }: Wanted, context: Context): AggregateColumn {
  const [first, second] = one.args.map((argument) => asText(context.check(argument)));
  const of = second ?? first ?? constant(null, one);
  if (kind === 'dcount') return { name, kind, type: 'int', of };
  const isNumeric =
    ['number', 'duration', 'any'].includes(groupOf(of.type)) ||
    (of.type === 'time' && (kind === 'min' || kind === 'max'));
  if (!isNumeric) report(context, notANumber(one, one.name, typeName(of.type)));
  const part = second === undefined ? quantile : constantNumber(first);
  if (kind === 'quantile' && (part === undefined || part < 0 || part > 1)) {
    report(context, constantNeeded(one, 'A quantile from 0 to 1'));
    return { name, kind: 'count', type: 'int' };
  }
  const type: Type = of.type === 'duration' || of.type === 'time' ? of.type : 'float';
  const unit = of.unit ?? (of.kind === 'field' && of.fieldUnit === 'bytes' ? 'bytes' : undefined);
  return {
    name,
    kind,
    type,
    of,
    ...(unit !== undefined && { unit }),
    ...(kind === 'quantile' && part !== undefined && { quantile: part }),
  };
}
