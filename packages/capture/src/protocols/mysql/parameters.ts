/** Values that a client binds: of prepared statements, of MariaDB's bulk execution, and as attributes of a query. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { Type, UNSIGNED } from './codes.ts';
import { type Column, lenenc, lenencText } from './fields.ts';
import { binaryValue } from './values.ts';

/** Parameters of one statement that are shown. */
const MAX_PARAMETERS = 1024;
/** Sets of parameters of one bulk execution that are shown. */
const MAX_SETS = 20;
/** Flag of COM_STMT_EXECUTE: a count of parameters comes with it. */
const PARAMETER_COUNT_AVAILABLE = 8;
/** Flag of COM_STMT_BULK_EXECUTE: the types come with it. */
const SEND_TYPES_TO_SERVER = 128;

/** A parameter's type is told like a column's; attributes have a name too. */
export type Parameter = Column;

/** What was bound, to be read when somebody looks. */
export interface Binding {
  /** From the bitmap of what is NULL on; of bulk execution from the first indicator on. */
  readonly bytes: Uint8Array;
  readonly parameters: readonly Parameter[];
  /** Bytes that were sent ahead, by the parameter's number. */
  readonly longData: ReadonlyMap<number, number>;
  readonly isBulk: boolean;
  /** Parameters of the statement; those behind them are attributes. */
  readonly own: number;
}

function parametersIn(reader: ByteReader, count: number, hasNames: boolean): Parameter[] {
  const parameters: Parameter[] = [];
  while (parameters.length < count && !reader.isShort) {
    const type = reader.u8();
    const flags = (reader.u8() & 0x80) !== 0 ? UNSIGNED : 0;
    parameters.push({ name: hasNames ? lenencText(reader) : '', table: '', type, charset: 0, flags });
  }
  return parameters;
}

/** A statement as far as its parameters need it. */
export interface Bindable {
  readonly parameterCount: number | undefined;
  /** Types of the last execution, which may leave them out. */
  readonly parameters: readonly Parameter[];
  readonly longData: ReadonlyMap<number, number>;
}

/** COM_STMT_EXECUTE behind the statement's number. Undefined when there are no parameters, or nobody knows how many. */
export function executeBinding(
  body: Uint8Array,
  statement: Bindable | undefined,
  hasAttributes: boolean,
): Binding | undefined {
  const reader = new ByteReader(body, 5);
  const flags = reader.u8();
  reader.skip(4); // iterations: always 1
  const own = statement?.parameterCount;
  const isCounted = hasAttributes && ((flags & PARAMETER_COUNT_AVAILABLE) !== 0 || (own ?? 0) > 0);
  const count = isCounted ? lenenc(reader) : (own ?? 0);
  if (count === 0 || count > MAX_PARAMETERS || reader.isShort) return undefined;
  const start = reader.at;
  reader.skip((count + 7) >> 3);
  const hasTypes = reader.u8() === 1;
  const parameters = hasTypes ? parametersIn(reader, count, hasAttributes) : (statement?.parameters ?? []);
  if (reader.isShort || parameters.length < count) return undefined;
  const bitmap = body.subarray(start, start + ((count + 7) >> 3));
  const bytes = Buffer.concat([bitmap, body.subarray(reader.at)]);
  return { bytes, parameters, longData: new Map(statement?.longData), isBulk: false, own: own ?? count };
}

/** MariaDB's COM_STMT_BULK_EXECUTE: flags, types, then an indicator before each value. */
export function bulkBinding(body: Uint8Array, statement: Bindable | undefined): Binding | undefined {
  const reader = new ByteReader(body, 5);
  const flags = reader.u16le();
  const count = statement?.parameterCount;
  if (count === undefined || count === 0 || count > MAX_PARAMETERS) return undefined;
  const hasTypes = (flags & SEND_TYPES_TO_SERVER) !== 0;
  const parameters = hasTypes ? parametersIn(reader, count, false) : (statement?.parameters ?? []);
  if (reader.isShort || parameters.length < count) return undefined;
  return { bytes: body.slice(reader.at), parameters, longData: new Map(), isBulk: true, own: count };
}

const indicators: ReadonlyMap<number, JsonValue> = new Map<number, JsonValue>([
  [1, null],
  [2, '(default)'],
  [3, '(ignored)'],
]);

/** The bound values; of bulk execution a list for each set. */
export function boundValues(binding: Binding): JsonValue[] {
  if (binding.isBulk) return bulkValues(binding);
  return allValues(binding).slice(0, binding.own);
}

/** Attributes of a query that came with a prepared statement. */
export function boundAttributes(binding: Binding): Record<string, JsonValue> {
  if (binding.isBulk) return {};
  const values = allValues(binding);
  const named = binding.parameters.slice(binding.own).map(({ name }, at) => [name, values[binding.own + at] ?? null]);
  return Object.fromEntries(named) as Record<string, JsonValue>;
}

function allValues({ bytes, parameters, longData }: Binding): JsonValue[] {
  const bitmapBytes = (parameters.length + 7) >> 3;
  const reader = new ByteReader(bytes, Math.min(bitmapBytes, bytes.length));
  const values: JsonValue[] = [];
  for (const [index, parameter] of parameters.entries()) {
    const sentAhead = longData.get(index);
    const isNull = ((bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
    if (sentAhead !== undefined) values.push(`(${sentAhead} bytes sent ahead)`);
    else if (isNull || parameter.type === Type.NULL) values.push(null);
    else if (reader.isShort || reader.left === 0) break;
    else values.push(binaryValue(reader, parameter));
  }
  return values;
}

function bulkValues({ bytes, parameters }: Binding): JsonValue[] {
  const reader = new ByteReader(bytes);
  const sets: JsonValue[] = [];
  while (reader.left > 0 && sets.length < MAX_SETS && !reader.isShort) {
    sets.push(
      parameters.map((parameter) => {
        const indicator = reader.u8();
        return indicator === 0 ? binaryValue(reader, parameter) : (indicators.get(indicator) ?? null);
      }),
    );
  }
  return sets;
}

export interface QueryText {
  /** Where in the payload the statement begins. */
  readonly start: number;
  readonly attributes: Readonly<Record<string, JsonValue>>;
}

/** COM_QUERY: the attributes before the statement, when both ends know of attributes. */
export function queryText(body: Uint8Array, hasAttributes: boolean): QueryText {
  if (!hasAttributes) return { start: 1, attributes: {} };
  const reader = new ByteReader(body, 1);
  const count = lenenc(reader);
  lenenc(reader); // sets of parameters: always 1
  if (count === 0 || count > MAX_PARAMETERS) return { start: reader.at, attributes: {} };
  const bitmap = reader.view((count + 7) >> 3);
  reader.skip(1); // types always come with them
  const parameters = parametersIn(reader, count, true);
  const attributes = parameters.map(({ name, ...parameter }, index) => {
    const isNull = ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
    return [name, isNull ? null : binaryValue(reader, { name, ...parameter })] as const;
  });
  return reader.isShort
    ? { start: 1, attributes: {} }
    : { start: reader.at, attributes: Object.fromEntries(attributes) };
}
