/** The most frequent values of a field: what completion offers. */

import type { Parameter } from '../driver/driver.ts';
import { columns } from '../schema/columns.ts';
import { groupings } from './groupings.ts';
import type { Bounds, Reader } from './reader.ts';
import { clauseOf, type Scope } from './scope.ts';
import { resolve } from './select-ids.ts';

export interface ValuesRequest extends Scope, Bounds {
  /** Path of the field in the entry, a key of a map included: `dst.name`, `redis.command`, `request.headers["host"]`. */
  readonly path: string;
  /** Only values that begin with it, compared without regard to case. */
  readonly prefix?: string | undefined;
  readonly limit: number;
}

export interface FieldValue {
  readonly value: string;
  readonly count: number;
}

/** What was written last is what people look for; older values are not worth a scan of everything. */
const NEWEST_ROWS = 1_000_000;
/** Longer values are no use in a list to choose from. */
const LONGEST_VALUE = 200;

const step = /^\.?([A-Za-z_][\w-]*)|^\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/;

/** The steps of a path: `a.b["c"]` is a, b, c; undefined when it is not a path. */
export function stepsOf(path: string): readonly string[] | undefined {
  const steps: string[] = [];
  for (let rest = path; rest !== ''; ) {
    const found = step.exec(rest);
    if (found === null) return undefined;
    steps.push((found[1] ?? found[2] ?? found[3] ?? '').replace(/\\(.)/g, '$1'));
    rest = rest.slice(found[0].length);
  }
  return steps.length === 0 ? undefined : steps;
}

interface Expression {
  /** Text of the value; empty when the entry does not have it. */
  readonly sql: string;
  readonly parameters: Record<string, Parameter>;
}

const byName = new Map<string, string>(columns.map(({ name, type }) => [name, type]));
/** Columns whose names are not their paths. */
const renamed: Readonly<Record<string, string>> = {
  status: groupings.status,
  response_status: groupings.status,
  response_latency: 'latency',
  trace_id: 'trace_id',
  traceid: 'trace_id',
  errortext: 'error_text',
};

/** SQL of a field's value as text: its column, or its place in `extra`. */
function textOf(steps: readonly string[]): Expression {
  const [first = '', second = '', ...keys] = steps;
  const flat = `${first}_${second}`;
  if (second === 'headers' && keys.length === 1 && byName.has(flat))
    return { sql: `${flat}[{store_key:String}]`, parameters: { store_key: keys[0]?.toLowerCase() ?? '' } };
  const name = steps.join('_').toLowerCase();
  const sql = renamed[name] ?? (byName.has(name) ? `toString(${name})` : undefined);
  if (sql !== undefined)
    return { sql: byName.get(name)?.startsWith('Nullable') ? `ifNull(${sql}, '')` : sql, parameters: {} };
  const parameters = Object.fromEntries(steps.map((one, index) => [`store_step${index}`, one]));
  const path = steps.map((_, index) => `{store_step${index}:String}`).join(', ');
  return {
    sql: `if(JSONType(extra, ${path}) = 'String', JSONExtractString(extra, ${path}), JSONExtractRaw(extra, ${path}))`,
    parameters,
  };
}

export async function readValues(reader: Reader, asked: ValuesRequest): Promise<readonly FieldValue[]> {
  const steps = stepsOf(asked.path);
  if (steps === undefined) return [];
  const request = reader.begin(asked);
  const { scope } = await resolve(reader, request, asked);
  const clause = clauseOf(scope);
  const value = textOf(steps);
  const { rows } = await request.select({
    sql: `SELECT value, count() AS total
FROM (SELECT ${value.sql} AS value FROM ${reader.table} WHERE ${clause.sql} ORDER BY id DESC LIMIT {store_rows:UInt32})
WHERE value != '' AND lengthUTF8(value) <= {store_longest:UInt32} AND startsWith(lowerUTF8(value), lowerUTF8({store_prefix:String}))
GROUP BY value ORDER BY total DESC, value LIMIT {store_limit:UInt32}`,
    parameters: {
      ...clause.parameters,
      ...value.parameters,
      store_rows: NEWEST_ROWS,
      store_longest: LONGEST_VALUE,
      store_prefix: asked.prefix ?? '',
      store_limit: asked.limit,
    },
  });
  return rows.map(([text, count]) => ({ value: text as string, count: Number(count) }));
}
