/**
 * The columns of an entry: what people filter and group by has a typed column of its own, everything else is the JSON
 * text in `extra`. A column is named after its path in the entry, so `src.namespace` is `src_namespace`.
 */

export type ColumnType =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Float64'
  | 'Nullable(Float64)'
  | 'String'
  | 'LowCardinality(String)'
  | 'Array(LowCardinality(String))'
  | 'Map(LowCardinality(String), String)';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly codec: string;
}

const zstd = 'ZSTD(1)';
/** Numbers that rise from row to row: only the steps are kept. */
const delta = 'Delta(8), ZSTD(1)';

const column = <const Name extends string>(name: Name, type: ColumnType, codec = zstd) => ({ name, type, codec });
const label = <const Name extends string>(name: Name) => column(name, 'LowCardinality(String)');

/** Texts of an endpoint that have a column each, `src_…` and `dst_…`. */
export const endpointTexts = [
  'ip',
  'name',
  'namespace',
  'pod',
  'service',
  'workload',
  'node',
  'process',
  'dns',
] as const;
type EndpointText = (typeof endpointTexts)[number];
type End = 'src' | 'dst';

const endpointColumns = <const Side extends End>(side: Side) => [
  ...endpointTexts.map((text) => label<`${Side}_${EndpointText}`>(`${side}_${text}`)),
  column(`${side}_port`, 'UInt16'),
];

export const columns = [
  column('id', 'UInt64', delta),
  /** Start of the storing interval this row came in, seconds: the partition. Never the entry's own time, which is hostile. */
  column('bucket', 'UInt32'),
  /** When and by which hub it was stored: how hubs on one database see what the others took in. */
  column('stored_at', 'UInt64', delta),
  label('stored_by'),
  /** `Float64` wherever JavaScript has a number, so that a comparison in SQL is the comparison in JavaScript. */
  column('timestamp', 'Float64', delta),
  label('node'),
  label('protocol'),
  column('protocols', 'Array(LowCardinality(String))'),
  label('method'),
  label('endpoint'),
  column('summary', 'String'),
  column('status', 'Nullable(Float64)'),
  /** A status that is text (`42P01`); when it is a whole number, `status` has it as well. */
  label('status_text'),
  column('error', 'UInt8'),
  column('error_text', 'String'),
  column('latency', 'Nullable(Float64)'),
  column('trace_id', 'String'),
  ...endpointColumns('src'),
  ...endpointColumns('dst'),
  column('connection_id', 'String'),
  column('request_size', 'Nullable(Float64)'),
  column('request_path', 'String'),
  /** Header names in lower case; a repeated header is there several times. */
  column('request_headers', 'Map(LowCardinality(String), String)'),
  /** The same names as they were spelled, joined by line feeds. */
  label('request_header_names'),
  column('request_body', 'String'),
  column('request_body_base64', 'String'),
  column('response_size', 'Nullable(Float64)'),
  column('response_headers', 'Map(LowCardinality(String), String)'),
  label('response_header_names'),
  column('response_body', 'String'),
  column('response_body_base64', 'String'),
  /** Bits of `repeated` in entry-columns.ts: values inside request and response that only repeat the entry's own. */
  column('repeats', 'UInt8'),
  column('extra', 'String'),
] as const satisfies readonly Column[];

/** Columns that hold bodies: they may go before the rest of an entry. */
export const bodyColumns = ['request_body', 'request_body_base64', 'response_body', 'response_body_base64'] as const;
