/** Calls as Parquet, a row group at a time: what people ask of has a column, headers and bodies are JSON. */

import type { Entry } from '@kubeshark/model';
import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';

/** Rows of a group: what readers can skip, and what is in memory here. */
const GROUP_ROWS = 5_000;

interface ParquetColumn {
  readonly name: string;
  readonly type: BasicType;
  readonly value: (entry: Entry) => unknown;
}

const text = (name: string, value: ParquetColumn['value']): ParquetColumn => ({ name, type: 'STRING', value });
const number = (name: string, value: ParquetColumn['value']): ParquetColumn => ({ name, type: 'DOUBLE', value });
const json = (name: string, value: ParquetColumn['value']): ParquetColumn =>
  text(name, (entry) => {
    const part = value(entry);
    return part === null || part === undefined ? undefined : JSON.stringify(part);
  });

const columns: readonly ParquetColumn[] = [
  text('id', ({ id }) => id),
  { name: 'time', type: 'TIMESTAMP', value: ({ timestamp }) => new Date(timestamp / 1000) },
  number('timestamp', ({ timestamp }) => timestamp),
  text('node', ({ node }) => node),
  text('protocol', ({ protocol }) => protocol),
  text('src_ip', ({ src }) => src.ip),
  number('src_port', ({ src }) => src.port),
  text('src_name', ({ src }) => src.name),
  text('src_namespace', ({ src }) => src.namespace),
  text('dst_ip', ({ dst }) => dst.ip),
  number('dst_port', ({ dst }) => dst.port),
  text('dst_name', ({ dst }) => dst.name),
  text('dst_namespace', ({ dst }) => dst.namespace),
  text('method', ({ method }) => method),
  text('endpoint', ({ endpoint }) => endpoint),
  text('summary', ({ summary }) => summary),
  text('status', ({ status }) => (status === null ? undefined : String(status))),
  { name: 'error', type: 'BOOLEAN', value: ({ error }) => error },
  text('error_text', ({ errorText }) => errorText),
  number('latency', ({ latency }) => latency ?? undefined),
  text('trace_id', ({ traceId }) => traceId),
  json('request', ({ request }) => request),
  json('response', ({ response }) => response),
  json('connection', ({ connection }) => connection),
];

const columnsOf = (entries: readonly Entry[]) =>
  columns.map(({ name, type, value }) => ({ name, type, nullable: true, data: entries.map(value) }));

export async function* parquetOf(batches: AsyncIterable<readonly Entry[]>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: columnsOf([]) });
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'Kubeshark' });
  const drain = (): Uint8Array => {
    const written = Uint8Array.from(bytes.getBytes());
    bytes.index = 0;
    return written;
  };
  let waiting: Entry[] = [];
  const group = async () => {
    await writer.write({ columnData: columnsOf(waiting), rowGroupSize: waiting.length });
    waiting = [];
    return drain();
  };
  for await (const entries of batches) {
    waiting.push(...entries);
    if (waiting.length >= GROUP_ROWS) yield await group();
  }
  if (waiting.length > 0) yield await group();
  await writer.finish();
  yield drain();
}
