/** Checked values as SQL expressions, with how they say that they are missing. */

import type { FieldNode, Typed } from '../types/typed.ts';
import type { Binder, Missing, SqlColumn, SqlMapping } from './sql-mapping.ts';

/** A value in SQL. `undefined` wherever one cannot be made: then the predicate decides. */
export type SqlValue =
  | {
      readonly kind: 'text' | 'number' | 'bool' | 'integer';
      readonly sql: string;
      readonly missing: Missing;
      /** What else must hold for the value to be there: kept apart, so that a column stays searchable by its index. */
      readonly when?: string;
    }
  | { readonly kind: 'status'; readonly sql: string; readonly text: string; readonly when?: string }
  /** An array of texts; `there` says whether the document has it at all. */
  | {
      readonly kind: 'texts';
      readonly sql: string;
      readonly there: string;
      readonly isMapValue: boolean;
      readonly source?: string;
    }
  | { readonly kind: 'map'; readonly sql: string; readonly there: string }
  /**
   * A value of any kind inside the document's JSON; `mayBeList` says when a list on the way hides it from SQL.
   */
  | { readonly kind: 'json'; readonly args: string; readonly mayBeList: string; readonly when?: string }
  /** An object of which columns took parts: whether it is there is all that can be asked. */
  | { readonly kind: 'object'; readonly there: string };

export interface SqlContext {
  readonly binder: Binder;
  /** Columns that were read and are not in every list row. */
  readonly heavy: Set<string>;
  field(node: FieldNode): SqlValue | undefined;
}

/** JSON types that JSONType() gives for numbers. */
export const JSON_NUMBERS = "('Int64', 'UInt64', 'Double')";

export function toSqlValue(node: Typed, context: SqlContext): SqlValue | undefined {
  switch (node.kind) {
    case 'field':
      return context.field(node);
    case 'text':
      return node.of.kind === 'field' ? context.field({ ...node.of, type: 'string' }) : undefined;
    case 'step':
      return mapValue(node, context);
    case 'arithmetic':
      return toArithmetic(node, context);
    case 'negate': {
      const value = numberOf(node.of, context);
      return value === undefined ? undefined : { kind: 'number', sql: `-${value}`, missing: 'null' };
    }
    case 'call':
      return toCall(node, context);
    default:
      return undefined;
  }
}

/** The values under a constant key of a map: any spelling of the name, all of its repetitions. */
function mapValue({ of, step }: Extract<Typed, { kind: 'step' }>, context: SqlContext): SqlValue | undefined {
  if (step.kind !== 'key' || of.type !== 'map' || !isAscii(step.name)) return undefined;
  const map = toSqlValue(of, context);
  if (map?.kind !== 'map') return undefined;
  const key = context.binder.text(step.name.toLowerCase());
  const sql = `arrayFilter((v, k) -> k = ${key}, mapValues(${map.sql}), mapKeys(${map.sql}))`;
  return { kind: 'texts', sql, there: `notEmpty(${sql})`, isMapValue: true, source: `mapValues(${map.sql})` };
}
/** Lower case of other letters is not the same everywhere. */
const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text);

function toCall({ row, args }: Extract<Typed, { kind: 'call' }>, context: SqlContext): SqlValue | undefined {
  const [argument] = args;
  if (row.sql === undefined || argument === undefined || args.length !== 1) return undefined;
  const value = toSqlValue(argument, context);
  if (value?.kind === 'texts' && row.name === 'size' && !value.isMapValue) {
    return { kind: 'number', sql: `if(${value.there}, toFloat64(length(${value.sql})), NULL)`, missing: 'null' };
  }
  if (value?.kind !== 'text') return undefined;
  return { kind: row.result === 'int' ? 'number' : 'text', sql: row.sql(nullable(value)), missing: 'null' };
}

/** Sums past this are no longer exact in doubles, while the predicate takes them exactly. */
const MAX_EXACT_OPERAND = 2 ** 50;

function toArithmetic(
  { op, left, right, type }: Extract<Typed, { kind: 'arithmetic' }>,
  context: SqlContext,
): SqlValue | undefined {
  const isExact = op === '+' || op === '-' || op === '/' || (op === '*' && type === 'duration');
  if (!isExact || [left, right].some(isTooLarge)) return undefined;
  const a = numberOf(left, context);
  const b = numberOf(right, context);
  if (a === undefined || b === undefined) return undefined;
  const sql = op === '/' ? `if(${b} = 0, NULL, ${a} / ${b})` : `(${a} ${op} ${b})`;
  return { kind: 'number', sql, missing: 'null' };
}
const isTooLarge = (node: Typed) =>
  node.kind === 'constant' && (typeof node.value !== 'number' || Math.abs(node.value) > MAX_EXACT_OPERAND);

/** A number that is NULL when it is missing. */
function numberOf(node: Typed, context: SqlContext): string | undefined {
  if (node.kind === 'constant') return typeof node.value === 'number' ? context.binder.number(node.value) : undefined;
  const value = toSqlValue(node, context);
  return value?.kind === 'number' ? nullable(value) : undefined;
}

/** The expression with NULL for a missing value. */
export function nullable({ sql, missing, when }: Extract<SqlValue, { missing: Missing }>): string {
  const value = missing === 'empty' ? `nullIf(${sql}, '')` : missing === 'zero' ? `nullIf(${sql}, 0)` : sql;
  return when === undefined ? value : `if(${when}, ${value}, NULL)`;
}

/** Fields of entries: their columns, and the JSON text for what has none. */
export function entryFields(mapping: SqlMapping, binder: Binder, heavy: Set<string>): SqlContext['field'] {
  const valueAt = (path: readonly string[], node: FieldNode) => {
    const column = mapping.columns[path.join('.')];
    if (column !== undefined && node.type !== 'body') return ofColumn(column, heavy);
    const map = mapping.maps[path.join('.')];
    if (map !== undefined) return ofMapColumn(map, path);
    return isInsideColumn(path.join('.')) ? undefined : ofDocument(path, node);
  };
  const ofMapColumn = (column: string, path: readonly string[]): SqlValue => {
    heavy.add(column);
    const there = `(notEmpty(mapKeys(${column})) OR JSONType(${jsonArgs(path)}) != 'Null')`;
    return { kind: 'map', sql: column, there };
  };
  const taken = [
    ...Object.entries(mapping.columns).map(([path, column]) => column.taken ?? path),
    ...Object.keys(mapping.maps),
  ];
  const isInsideColumn = (name: string) => taken.some((other) => name === other || name.startsWith(`${other}.`));
  const isAroundColumn = (name: string) => taken.some((other) => other.startsWith(`${name}.`));
  const jsonArgs = (path: readonly string[]) => {
    heavy.add(mapping.document);
    return [mapping.document, ...path.map((key) => binder.text(key))].join(', ');
  };
  const ofDocument = (path: readonly string[], node: FieldNode): SqlValue | undefined => {
    if (!path.every((key) => key.isWellFormed())) return undefined;
    const args = jsonArgs(path);
    const type = `JSONType(${args})`;
    switch (node.type) {
      case 'string':
      case 'ip':
        return { kind: 'text', sql: `if(${type} = 'String', JSONExtractString(${args}), NULL)`, missing: 'null' };
      case 'int':
      case 'float':
      case 'duration':
      case 'time':
        return {
          kind: 'number',
          sql: `if(${type} IN ${JSON_NUMBERS}, JSONExtractFloat(${args}), NULL)`,
          missing: 'null',
        };
      case 'bool':
        return { kind: 'bool', sql: `if(${type} = 'Bool', JSONExtractBool(${args}), NULL)`, missing: 'null' };
      case 'strings':
        return {
          kind: 'texts',
          sql: `if(${type} = 'String', [JSONExtractString(${args})], JSONExtract(${args}, 'Array(String)'))`,
          there: `${type} != 'Null'`,
          isMapValue: false,
        };
      case 'map': {
        const pairs = `JSONExtractKeysAndValues(${args}, 'String')`;
        const map = `mapFromArrays(arrayMap(p -> lower(p.1), ${pairs}), arrayMap(p -> p.2, ${pairs}))`;
        return { kind: 'map', sql: map, there: `${type} != 'Null'` };
      }
      case 'json':
      case 'body': {
        if (isAroundColumn(path.join('.'))) return { kind: 'object', there: `${type} != 'Null'` };
        if (node.extended && path.at(-1) === 'size') return undefined;
        const before = node.extended
          ? path.slice(1).map((_, at) => `JSONType(${jsonArgs(path.slice(0, at + 1))}) = 'Array'`)
          : [];
        return { kind: 'json', args, mayBeList: before.length === 0 ? '' : before.join(' OR ') };
      }
      default:
        return undefined;
    }
  };
  return (node) => {
    const [first = []] = node.paths;
    const value = node.paths.length === 1 ? valueAt(first, node) : gathered(node, valueAt);
    if (value === undefined || node.when === undefined) return value;
    return onlyWhen(value, `has(${mapping.protocols}, ${binder.text(node.when)})`);
  };
}

function ofColumn({ column, type, missing, textColumn = '', when, isHeavy }: SqlColumn, heavy: Set<string>): SqlValue {
  if (isHeavy) heavy.add(column);
  if (type === 'texts') return { kind: 'texts', sql: column, there: `notEmpty(${column})`, isMapValue: false };
  const value: SqlValue =
    type === 'status' ? { kind: 'status', sql: column, text: textColumn } : { kind: type, sql: column, missing };
  return when === undefined ? value : onlyWhen(value, when);
}

/** The value where a condition holds, else missing. */
function onlyWhen(value: SqlValue, condition: string): SqlValue {
  switch (value.kind) {
    case 'texts':
    case 'map':
    case 'object':
      return { ...value, there: `(${condition} AND ${value.there})` };
    default:
      return { ...value, when: condition };
  }
}

/** Several columns of text as one list. */
function gathered(
  node: FieldNode,
  valueAt: (path: readonly string[], node: FieldNode) => SqlValue | undefined,
): SqlValue | undefined {
  const values = node.paths.map((path) => valueAt(path, { ...node, type: 'string' }));
  const texts = values.flatMap((value) => (value?.kind === 'text' && value.missing === 'empty' ? [value.sql] : []));
  if (texts.length !== values.length) return undefined;
  const sql = `arrayFilter(v -> v != '', [${texts.join(', ')}])`;
  return { kind: 'texts', sql, there: `notEmpty(${sql})`, isMapValue: false };
}
