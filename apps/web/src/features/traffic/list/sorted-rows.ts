/** Rows in another order than they came: a copy, made when asked for. */

import type { EntryRow } from '@kubeshark/model';
import type { Ring } from '../../../lib/ring.ts';
import { type ColumnId, columnOf, findColumn } from './columns.ts';

export interface Sort {
  readonly column: ColumnId;
  readonly descending: boolean;
}

/** Reads what `writeSort` wrote into a link; a column of another version is no order. */
export function readSort(text: string | undefined): Sort | null {
  if (text === undefined) return null;
  const descending = text.startsWith('-');
  const column = findColumn(descending ? text.slice(1) : text);
  return column === undefined ? null : { column: column.id, descending };
}

export const writeSort = (sort: Sort | null): string | undefined =>
  sort === null ? undefined : `${sort.descending ? '-' : ''}${sort.column}`;

/** What the list draws from: positions from `start` up to `end`. */
export interface RowSource {
  readonly start: number;
  readonly end: number;
  at(position: number): EntryRow | undefined;
}

/** `rows` by one column; rows without a value are last either way. */
function sortRows(rows: readonly EntryRow[], { column, descending }: Sort): EntryRow[] {
  const { sortBy } = columnOf(column);
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: sortBy(row) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return a.key === b.key ? 0 : a.key === null ? 1 : -1;
    if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key);
    return sign * String(a.key).localeCompare(String(b.key), 'en', { numeric: true });
  });
  return keyed.map(({ row }) => row);
}

/** The rows as the list shows them at `version`: the ring itself, or a sorted copy of it. */
export function rowsAt(
  ring: Ring<EntryRow>,
  version: number,
  sort: Sort | null,
): RowSource & { readonly version: number } {
  if (sort === null) {
    const { start, end } = ring;
    return { version, start, end, at: (position) => ring.at(position) };
  }
  const rows = sortRows(ring.toArray(), sort);
  return { version, start: 0, end: rows.length, at: (position) => rows[position] };
}
