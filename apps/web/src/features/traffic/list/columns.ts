/** The columns of the list: what they show, how they sort, and the KFL value behind each cell. */

import type { EndpointRow, EntryRow, Micros } from '@kubeshark/model';
import { formatAge, formatBytes, formatClock, formatMillis } from '../../../lib/format.ts';
import type { FieldValue } from '../../../lib/term.ts';
import type { Catalogue } from '../../../ui/catalogue.ts';
import { statusText, toneOf } from '../../../ui/status-text.tsx';
import type { CellContent } from './cell.ts';

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

/** What cells need to know beside their row. */
export interface Scene {
  readonly now: Micros;
  readonly protocolOf: Catalogue;
}

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
  readonly show: (row: EntryRow, scene: Scene) => CellContent;
  /** More than the cell has room for, told when a person points at it. */
  readonly hint?: (row: EntryRow, scene: Scene) => string;
  readonly sortBy: (row: EntryRow) => number | string | null;
  readonly value?: (row: EntryRow) => FieldValue | null;
}

const nameOf = (end: EndpointRow): string => end.name ?? (end.ip.includes(':') ? `[${end.ip}]` : end.ip);

const showEnd = (end: EndpointRow): CellContent => ({
  before: end.namespace === undefined ? '' : `${end.namespace}/`,
  text: nameOf(end),
  after: `:${end.port}`,
});

const endTitle = (end: EndpointRow): string =>
  `${end.namespace === undefined ? '' : `${end.namespace}/`}${nameOf(end)} (${end.ip}:${end.port})`;

const endValue = (side: 'src' | 'dst', end: EndpointRow): FieldValue =>
  end.name === undefined ? { field: `${side}.ip`, value: end.ip } : { field: `${side}.name`, value: end.name };

/** Full bar at ten seconds; logarithmic, as latencies are. */
const latencyShare = (millis: number): number => Math.min(1, Math.log10(1 + millis) / 4);

export const columns: readonly Column[] = [
  {
    id: 'time',
    title: 'Time',
    width: 102,
    isDefault: true,
    priority: 50,
    show: (row) => ({ text: formatClock(row.timestamp), tone: 'dim' }),
    sortBy: (row) => row.timestamp,
  },
  {
    id: 'age',
    title: 'Age',
    width: 60,
    align: 'right',
    isDefault: false,
    priority: 20,
    show: (row, { now }) => ({ text: formatAge(row.timestamp, now), tone: 'dim' }),
    sortBy: (row) => -row.timestamp,
  },
  {
    id: 'protocol',
    title: 'Protocol',
    width: 74,
    isDefault: true,
    priority: 80,
    show: ({ protocol }, { protocolOf }) => {
      const known = protocolOf(protocol);
      return { text: known?.badge ?? protocol.slice(0, 6).toUpperCase(), badge: known?.hue ?? null };
    },
    hint: ({ protocol }, { protocolOf }) => protocolOf(protocol)?.name ?? protocol,
    sortBy: (row) => row.protocol,
    value: (row) => ({ field: 'protocol', value: row.protocol }),
  },
  {
    id: 'method',
    title: 'Method',
    width: 78,
    isDefault: true,
    priority: 40,
    show: (row) => ({ text: row.method, tone: 'strong' }),
    hint: (row) => row.method,
    sortBy: (row) => row.method,
    value: (row) => ({ field: 'request.method', value: row.method }),
  },
  {
    id: 'status',
    title: 'Status',
    width: 66,
    isDefault: true,
    priority: 90,
    show: (row) => ({ text: statusText(row), tone: toneOf(row) }),
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
    show: (row) => ({ text: row.summary }),
    hint: (row) => row.summary,
    sortBy: (row) => row.summary,
    value: (row) => ({ field: 'endpoint', value: row.endpoint }),
  },
  {
    id: 'endpoint',
    title: 'Endpoint',
    width: 200,
    isDefault: false,
    priority: 30,
    show: (row) => ({ text: row.endpoint }),
    hint: (row) => row.endpoint,
    sortBy: (row) => row.endpoint,
    value: (row) => ({ field: 'endpoint', value: row.endpoint }),
  },
  {
    id: 'src',
    title: 'Source',
    width: 168,
    isDefault: true,
    priority: 60,
    show: (row) => showEnd(row.src),
    hint: (row) => endTitle(row.src),
    sortBy: (row) => nameOf(row.src),
    value: (row) => endValue('src', row.src),
  },
  {
    id: 'dst',
    title: 'Destination',
    width: 168,
    isDefault: true,
    priority: 65,
    show: (row) => showEnd(row.dst),
    hint: (row) => endTitle(row.dst),
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
    show: ({ latency }) =>
      latency === null
        ? { text: formatMillis(latency), tone: 'dim' }
        : { text: formatMillis(latency), share: latencyShare(latency) },
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
    show: (row) => ({ text: formatBytes(row.requestSize) }),
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
    show: (row) => ({ text: formatBytes(row.responseSize) }),
    sortBy: (row) => row.responseSize,
    value: (row) => (row.responseSize === null ? null : { field: 'response.size', value: row.responseSize }),
  },
  {
    id: 'node',
    title: 'Node',
    width: 110,
    isDefault: false,
    priority: 5,
    show: (row) => ({ text: row.node }),
    hint: (row) => row.node,
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

/** The column of this name, when there is one: names also come from links. */
export const findColumn = (name: string): Column | undefined => byId.get(name);

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

/** A column with the pixels it has now. */
export interface SizedColumn {
  readonly column: Column;
  readonly width: number;
}

/** Below this the growing column tells nothing; a row is then wider than its room, and cut. */
const MIN_GROWING_WIDTH = 120;

/** The shown columns in `room` pixels: the growing one takes what the others leave. */
export function sizeColumns(shown: readonly ColumnChoice[], room: number): readonly SizedColumn[] {
  const fixed = shown.reduce((sum, { id, width }) => sum + (columnOf(id).grows === true ? 0 : width), 0);
  return shown.map(({ id, width }) => {
    const column = columnOf(id);
    return { column, width: column.grows === true ? Math.max(MIN_GROWING_WIDTH, room - fixed) : width };
  });
}
