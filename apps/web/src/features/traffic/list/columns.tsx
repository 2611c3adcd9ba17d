/** The columns of the list: what they show, how they sort, and the KFL value behind each cell. */

import type { EndpointRow, EntryRow, Micros } from '@kubeshark/model';
import type { ReactNode } from 'react';
import { formatAge, formatBytes, formatClock, formatMillis } from '../../../lib/format.ts';
import type { FieldValue } from '../../../lib/term.ts';
import { ProtocolBadge } from '../../../ui/protocol-badge.tsx';
import { StatusText } from '../../../ui/status-text.tsx';
import classes from './entry-list.module.css';

export type ColumnId =
  | 'time'
  | 'age'
  | 'protocol'
  | 'method'
  | 'status'
  | 'summary'
  | 'endpoint'
  | 'src'
  | 'dst'
  | 'latency'
  | 'requestSize'
  | 'responseSize'
  | 'node';

export interface Column {
  readonly id: ColumnId;
  readonly title: string;
  /** Pixels to begin with. */
  readonly width: number;
  /** Takes the room that is left. */
  readonly grows?: boolean;
  readonly align?: 'right';
  /** Shown from the beginning. */
  readonly isDefault: boolean;
  /** When there is no room, the column with the lowest goes first. */
  readonly priority: number;
  readonly cell: (row: EntryRow, now: Micros) => ReactNode;
  readonly sortBy: (row: EntryRow) => number | string | null;
  readonly value?: (row: EntryRow) => FieldValue | null;
}

const nameOf = (end: EndpointRow): string => end.name ?? (end.ip.includes(':') ? `[${end.ip}]` : end.ip);

function End({ end }: { readonly end: EndpointRow }) {
  return (
    <span title={`${end.namespace === undefined ? '' : `${end.namespace}/`}${nameOf(end)} (${end.ip}:${end.port})`}>
      {end.namespace !== undefined && <span className="dim">{end.namespace}/</span>}
      {nameOf(end)}
      <span className={classes['port']}>:{end.port}</span>
    </span>
  );
}

const endValue = (side: 'src' | 'dst', end: EndpointRow): FieldValue =>
  end.name === undefined ? { field: `${side}.ip`, value: end.ip } : { field: `${side}.name`, value: end.name };

/** Full bar at ten seconds; logarithmic, as latencies are. */
const latencyShare = (millis: number): number => Math.min(1, Math.log10(1 + millis) / 4);

function Latency({ row }: { readonly row: EntryRow }) {
  if (row.latency === null) return <span className="dim">–</span>;
  return (
    <>
      <span className={classes['latencyBar']} style={{ width: `${latencyShare(row.latency) * 100}%` }} />
      <span className={classes['latencyText']}>{formatMillis(row.latency)}</span>
    </>
  );
}

export const columns: readonly Column[] = [
  {
    id: 'time',
    title: 'Time',
    width: 102,
    isDefault: true,
    priority: 50,
    cell: (row) => <span className="dim">{formatClock(row.timestamp)}</span>,
    sortBy: (row) => row.timestamp,
  },
  {
    id: 'age',
    title: 'Age',
    width: 60,
    align: 'right',
    isDefault: false,
    priority: 20,
    cell: (row, now) => <span className="dim">{formatAge(row.timestamp, now)}</span>,
    sortBy: (row) => -row.timestamp,
  },
  {
    id: 'protocol',
    title: 'Protocol',
    width: 74,
    isDefault: true,
    priority: 80,
    cell: (row) => <ProtocolBadge protocol={row.protocol} />,
    sortBy: (row) => row.protocol,
    value: (row) => ({ field: 'protocol', value: row.protocol }),
  },
  {
    id: 'method',
    title: 'Method',
    width: 78,
    isDefault: true,
    priority: 40,
    cell: (row) => <span className={classes['method']}>{row.method}</span>,
    sortBy: (row) => row.method,
    value: (row) => ({ field: 'request.method', value: row.method }),
  },
  {
    id: 'status',
    title: 'Status',
    width: 66,
    isDefault: true,
    priority: 90,
    cell: (row) => <StatusText status={row.status} error={row.error} />,
    sortBy: (row) => row.status,
    value: (row) =>
      row.status === null ? { field: 'error', value: row.error } : { field: 'response.status', value: row.status },
  },
  {
    id: 'summary',
    title: 'Call',
    width: 260,
    grows: true,
    isDefault: true,
    priority: 100,
    cell: (row) => <span title={row.summary}>{row.summary}</span>,
    sortBy: (row) => row.summary,
    value: (row) => ({ field: 'endpoint', value: row.endpoint }),
  },
  {
    id: 'endpoint',
    title: 'Endpoint',
    width: 200,
    isDefault: false,
    priority: 30,
    cell: (row) => <span title={row.endpoint}>{row.endpoint}</span>,
    sortBy: (row) => row.endpoint,
    value: (row) => ({ field: 'endpoint', value: row.endpoint }),
  },
  {
    id: 'src',
    title: 'Source',
    width: 168,
    isDefault: true,
    priority: 60,
    cell: (row) => <End end={row.src} />,
    sortBy: (row) => nameOf(row.src),
    value: (row) => endValue('src', row.src),
  },
  {
    id: 'dst',
    title: 'Destination',
    width: 168,
    isDefault: true,
    priority: 65,
    cell: (row) => <End end={row.dst} />,
    sortBy: (row) => nameOf(row.dst),
    value: (row) => endValue('dst', row.dst),
  },
  {
    id: 'latency',
    title: 'Latency',
    width: 92,
    align: 'right',
    isDefault: true,
    priority: 70,
    cell: (row) => <Latency row={row} />,
    sortBy: (row) => row.latency,
    value: (row) => (row.latency === null ? null : { field: 'response.latency', value: row.latency }),
  },
  {
    id: 'requestSize',
    title: 'Sent',
    width: 74,
    align: 'right',
    isDefault: false,
    priority: 10,
    cell: (row) => formatBytes(row.requestSize),
    sortBy: (row) => row.requestSize,
    value: (row) => (row.requestSize === null ? null : { field: 'request.size', value: row.requestSize }),
  },
  {
    id: 'responseSize',
    title: 'Received',
    width: 82,
    align: 'right',
    isDefault: true,
    priority: 35,
    cell: (row) => formatBytes(row.responseSize),
    sortBy: (row) => row.responseSize,
    value: (row) => (row.responseSize === null ? null : { field: 'response.size', value: row.responseSize }),
  },
  {
    id: 'node',
    title: 'Node',
    width: 110,
    isDefault: false,
    priority: 5,
    cell: (row) => row.node,
    sortBy: (row) => row.node,
    value: (row) => ({ field: 'node', value: row.node }),
  },
];

export interface ColumnChoice {
  readonly id: ColumnId;
  readonly width: number;
}

export const defaultChoice: readonly ColumnChoice[] = columns
  .filter(({ isDefault }) => isDefault)
  .map(({ id, width }) => ({ id, width }));

const byId = new Map<string, Column>(columns.map((column) => [column.id, column]));

export const columnOf = (id: ColumnId): Column => byId.get(id)!;

/** Narrower columns cannot be read or grabbed. */
export const MIN_COLUMN_WIDTH = 40;
const MAX_COLUMN_WIDTH = 1600;

/** Reads a remembered choice; unknown columns of another version are left out. */
export function acceptChoice(value: unknown): readonly ColumnChoice[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const seen = new Set<string>();
  const choice: ColumnChoice[] = [];
  for (const item of value) {
    const { id, width } = (item ?? {}) as { readonly id?: unknown; readonly width?: unknown };
    if (typeof id !== 'string' || typeof width !== 'number' || !byId.has(id) || seen.has(id)) continue;
    seen.add(id);
    choice.push({ id: id as ColumnId, width: Math.min(MAX_COLUMN_WIDTH, Math.max(MIN_COLUMN_WIDTH, width)) });
  }
  return choice.length === 0 ? undefined : choice;
}

/** The columns that fit into `room` pixels: the least important leave first, the rest keep their order. */
export function fitColumns(choice: readonly ColumnChoice[], room: number): readonly ColumnChoice[] {
  let kept = choice;
  const needed = () => kept.reduce((sum, { id, width }) => sum + (columnOf(id).grows === true ? 180 : width), 0);
  while (kept.length > 2 && needed() > room) {
    const weakest = kept.reduce((low, next) => (columnOf(next.id).priority < columnOf(low.id).priority ? next : low));
    kept = kept.filter((column) => column !== weakest);
  }
  return kept;
}
