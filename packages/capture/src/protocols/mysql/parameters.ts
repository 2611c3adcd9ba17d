/** Values that a client binds: of prepared statements, of MariaDB's bulk execution, and as attributes of a query. */

import type { JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { Slab } from '../../decode/slab.ts';
import { Type, UNSIGNED } from './codes.ts';
import type { Column } from './columns.ts';
import { lenenc, lenencText } from './fields.ts';
import { binaryValue } from './values.ts';
import type { Packet } from './wire.ts';

/** Parameters of one statement that are shown. */
const MAX_PARAMETERS = 1024;
/** Sets of parameters of one bulk execution that are shown. */
const MAX_SETS = 20;
/** A type and its flags. */
const TYPE_BYTES = 2;
/** Flag of COM_STMT_EXECUTE: a count of parameters comes with it. */
const PARAMETER_COUNT_AVAILABLE = 8;
/** Flag of COM_STMT_BULK_EXECUTE: the types come with it. */
const SEND_TYPES_TO_SERVER = 128;

/** A parameter's type is told like a column's; attributes have a name too. */
export type Parameter = Column;

/** What was bound, to be read when somebody looks. */
export class Binding {
  /** What is bound, where it lies or a copy. */
  bytes: Uint8Array;
  /** Where the bitmap of what is NULL stands; bulk execution has none. */
  bitmapAt: number;
  /** Where the values begin, or the first indicator of bulk execution, and end. */
  valuesAt: number;
  end: number;
  readonly parameters: readonly Parameter[];
  /** Bytes that were sent ahead, by the parameter's number. */
  readonly longData: ReadonlyMap<number, number>;
  readonly isBulk: boolean;
  /** Parameters of the statement; those behind them are attributes. */
  readonly own: number;
  private isLent = true;

  constructor({ bytes, bitmapAt, valuesAt, end }: Bound, { parameters, longData, isBulk, own }: Bindings) {
    this.bytes = bytes;
    this.bitmapAt = bitmapAt;
    this.valuesAt = valuesAt;
    this.end = end;
    this.parameters = parameters;
    this.longData = longData;
    this.isBulk = isBulk;
    this.own = own;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isLent) return;
    this.isLent = false;
    const shift = copies.copy(this.bytes, this.bitmapAt, this.end) - this.bitmapAt;
    this.bytes = copies.block;
    this.bitmapAt += shift;
    this.valuesAt += shift;
    this.end += shift;
  }
}
type Bound = Pick<Binding, 'bytes' | 'bitmapAt' | 'valuesAt' | 'end'>;
type Bindings = Pick<Binding, 'parameters' | 'longData' | 'isBulk' | 'own'>;

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

/** Copies of parameters, of all connections. */
const copies = new Slab();
const nothingSent: ReadonlyMap<number, number> = new Map();
/** Types of parameters are the same each time a statement is run. */
const typeLists = new ByteInterner((bytes, start, end) =>
  parametersIn(new ByteReader(bytes, start, end), (end - start) / TYPE_BYTES, false),
);

function typesIn(reader: ByteReader, count: number): readonly Parameter[] {
  const start = reader.at;
  reader.skip(count * TYPE_BYTES);
  return reader.isShort ? [] : typeLists.of(reader.bytes, start, reader.at);
}

/** COM_STMT_EXECUTE behind the statement's number. Undefined when there are no parameters, or nobody knows how many. */
export function executeBinding(
  packet: Packet,
  statement: Bindable | undefined,
  hasAttributes: boolean,
): Binding | undefined {
  const { bytes, end } = packet;
  const reader = new ByteReader(bytes, Math.min(packet.start + 5, end), end);
  const flags = reader.u8();
  reader.skip(4); // iterations: always 1
  const own = statement?.parameterCount;
  const isCounted = hasAttributes && ((flags & PARAMETER_COUNT_AVAILABLE) !== 0 || (own ?? 0) > 0);
  const count = isCounted ? lenenc(reader) : (own ?? 0);
  if (count === 0 || count > MAX_PARAMETERS || reader.isShort) return undefined;
  const start = reader.at;
  reader.skip((count + 7) >> 3);
  const hasTypes = reader.u8() === 1;
  let parameters = statement?.parameters ?? [];
  if (hasTypes) parameters = hasAttributes ? parametersIn(reader, count, true) : typesIn(reader, count);
  if (reader.isShort || parameters.length < count) return undefined;
  const { longData = nothingSent } = statement ?? {};
  return new Binding(
    { bytes, bitmapAt: start, valuesAt: reader.at, end },
    {
      parameters,
      longData: longData.size === 0 ? nothingSent : new Map(longData),
      isBulk: false,
      own: own ?? count,
    },
  );
}

/** MariaDB's COM_STMT_BULK_EXECUTE: flags, types, then an indicator before each value. */
export function bulkBinding(packet: Packet, statement: Bindable | undefined): Binding | undefined {
  const { bytes, end } = packet;
  const reader = new ByteReader(bytes, Math.min(packet.start + 5, end), end);
  const flags = reader.u16le();
  const count = statement?.parameterCount;
  if (count === undefined || count === 0 || count > MAX_PARAMETERS) return undefined;
  const hasTypes = (flags & SEND_TYPES_TO_SERVER) !== 0;
  const parameters = hasTypes ? typesIn(reader, count) : (statement?.parameters ?? []);
  if (reader.isShort || parameters.length < count) return undefined;
  const valuesAt = reader.at;
  return new Binding(
    { bytes, bitmapAt: valuesAt, valuesAt, end },
    { parameters, longData: nothingSent, isBulk: true, own: count },
  );
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

function allValues({ bytes, bitmapAt, valuesAt, end, parameters, longData }: Binding): JsonValue[] {
  const reader = new ByteReader(bytes, valuesAt, end);
  const values: JsonValue[] = [];
  for (const [index, parameter] of parameters.entries()) {
    const sentAhead = longData.get(index);
    if (sentAhead !== undefined) values.push(`(${sentAhead} bytes sent ahead)`);
    else if (isNullAt(bytes, bitmapAt, index) || parameter.type === Type.NULL) values.push(null);
    else if (reader.isShort || reader.left === 0) break;
    else values.push(binaryValue(reader, parameter));
  }
  return values;
}

/** Does a bitmap say that the n-th value is NULL? */
export const isNullAt = (bytes: Uint8Array, bitmapAt: number, index: number): boolean =>
  ((bytes[bitmapAt + (index >> 3)] ?? 0) & (1 << (index & 7))) !== 0;

function bulkValues({ bytes, valuesAt, end, parameters }: Binding): JsonValue[] {
  const reader = new ByteReader(bytes, valuesAt, end);
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

const noAttributes: Readonly<Record<string, never>> = {};

/** COM_QUERY: the attributes before the statement, when both ends know of attributes. */
export function queryText({ bytes, start, end }: Packet, hasAttributes: boolean): QueryText {
  if (!hasAttributes) return { start: start + 1, attributes: noAttributes };
  const reader = new ByteReader(bytes, start + 1, end);
  const count = lenenc(reader);
  lenenc(reader); // sets of parameters: always 1
  if (count === 0 || count > MAX_PARAMETERS) return { start: reader.at, attributes: noAttributes };
  const bitmapAt = reader.at;
  reader.skip((count + 7) >> 3);
  reader.skip(1); // types always come with them
  const parameters = parametersIn(reader, count, true);
  const attributes = parameters.map(({ name, ...parameter }, index) => {
    const isNull = isNullAt(bytes, bitmapAt, index);
    return [name, isNull ? null : binaryValue(reader, { name, ...parameter })] as const;
  });
  return reader.isShort
    ? { start: start + 1, attributes: noAttributes }
    : { start: reader.at, attributes: Object.fromEntries(attributes) };
}
