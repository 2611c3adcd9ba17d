/** Rows of the engine as entries: which columns to select and how to read them. */

import type { EndpointRow, Entry, EntryRow } from '@kubeshark/model';
import type { Row } from '../driver/driver.ts';
import { columns } from '../schema/columns.ts';
import { type EntryColumns, restore } from '../schema/entry-columns.ts';

type Reader = (value: unknown) => unknown;

const asIs: Reader = (value) => value;

/** How each column of a whole entry is selected: a map as two lists, because JSON would merge its repeated keys. */
const wholeColumns: readonly { readonly name: string; readonly select: readonly string[]; readonly read: Reader }[] =
  columns
    .filter(({ name }) => !['bucket', 'stored_at', 'stored_by'].includes(name))
    .map(({ name, type }) =>
      type.startsWith('Map')
        ? {
            name,
            select: [`(mapKeys(${name}), mapValues(${name}))`],
            read: (pair) => ({ keys: (pair as unknown[])[0], values: (pair as unknown[])[1] }),
          }
        : { name, select: [name], read: asIs },
    );

/** SELECT list of a whole entry, to be read by `entryOf`. */
export const wholeEntry = wholeColumns.flatMap(({ select }) => select).join(', ');

export function entryOf(row: Row): Entry {
  const values: Record<string, unknown> = {};
  for (const [index, { name, read }] of wholeColumns.entries()) values[name] = read(row[index]);
  return restore(values as unknown as EntryColumns);
}

const listColumns = [
  'id',
  'timestamp',
  'node',
  'protocol',
  'protocols',
  'method',
  'endpoint',
  'summary',
  'status',
  'status_text',
  'error',
  'latency',
  'src_ip',
  'src_port',
  'src_name',
  'src_namespace',
  'dst_ip',
  'dst_port',
  'dst_name',
  'dst_namespace',
  'request_size',
  'response_size',
] as const;

/** SELECT list of a list row, to be read by `listRowOf`. */
export const listRow = listColumns.join(', ');

export function listRowOf(row: Row): EntryRow {
  const values = Object.fromEntries(listColumns.map((name, index) => [name, row[index]])) as Record<
    (typeof listColumns)[number],
    never
  >;
  const statusText: string = values.status_text;
  return {
    id: values.id,
    timestamp: values.timestamp,
    node: values.node,
    protocol: values.protocol,
    protocols: values.protocols,
    method: values.method,
    endpoint: values.endpoint,
    summary: values.summary,
    status: statusText === '' ? values.status : statusText,
    error: values.error === 1,
    latency: values.latency,
    src: endpoint(values.src_ip, values.src_port, values.src_name, values.src_namespace),
    dst: endpoint(values.dst_ip, values.dst_port, values.dst_name, values.dst_namespace),
    requestSize: values.request_size,
    responseSize: values.response_size,
  };
}

function endpoint(...[ip, port, name, namespace]: readonly [string, number, string, string]): EndpointRow {
  return { ip, port, ...(name !== '' && { name }), ...(namespace !== '' && { namespace }) };
}
