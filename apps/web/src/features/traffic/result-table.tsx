/** The answer of a query with stages: a table, its columns named by the query. */

import type { Column } from '@kubeshark/contract';
import type { JsonValue } from '@kubeshark/model';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useHub } from '../../api/context.ts';
import { useStop } from '../../api/use-stop.ts';
import { formatBytes, formatCount, formatInstant, formatMillis, formatShare, formatShort } from '../../lib/format.ts';
import { boundsOf, type TimeRange } from '../../lib/time-range.ts';
import { Empty } from '../../ui/empty.tsx';
import { NumberTable } from '../../ui/number-table.tsx';
import { Value } from '../../ui/value-menu.tsx';
import { useView } from '../../ui/view.ts';
import { Waiting } from '../../ui/waiting.tsx';
import classes from './traffic-page.module.css';

/** Rows of one answer; a longer table wants a `limit` or a narrower question. */
const MAX_ROWS = 1000;
const REFRESH_MILLIS = 5000;

type Cell = JsonValue | undefined;

function shown(value: Cell, { type, unit }: Column): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    if (unit === 'ms') return formatMillis(value);
    if (unit === 'bytes') return formatBytes(value);
    if (unit === 'ratio') return formatShare(value);
    if (unit === 'perSecond') return `${formatShort(value)}/s`;
    if (type === 'time') return formatInstant(value);
    return Number.isInteger(value) ? formatCount(value) : formatShort(value);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface ResultRow {
  readonly index: number;
  readonly cells: readonly JsonValue[];
}

const bodyOf = (query: string, range: TimeRange) => {
  const { since, until } = boundsOf(range);
  return {
    query,
    limit: MAX_ROWS,
    ...(since !== undefined && { since: Number(since) }),
    ...(until !== undefined && { until: Number(until) }),
  };
};

export function ResultTable() {
  const { api } = useHub();
  const { query, range } = useView();
  const queryKey = ['run', query, range];
  const stop = useStop(queryKey);
  const { data, error } = useQuery({
    queryKey,
    enabled: !stop.isStopped,
    queryFn: ({ signal }) => api.call('run', { body: bodyOf(query, range), signal }),
    refetchInterval: range.kind === 'between' ? false : REFRESH_MILLIS,
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <Empty title="The query could not be answered">{error.message}</Empty>;
  if (data?.kind !== 'table') return <Waiting title="Counting …" {...stop} />;
  if (data.rows.length === 0) return <Empty title="The table is empty">No call matches in this time.</Empty>;
  const rows = data.rows.map((cells, index) => ({ index, cells }));
  const isText = ({ type }: Column) => type === 'string' || type === 'json';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
    <div className={classes['groups']} tabIndex={0}>
      <NumberTable<ResultRow>
        key={query}
        label="Result of the query"
        rows={rows}
        rowKey={({ index }) => String(index)}
        firstSort={null}
        columns={data.columns.map((column, at) => ({
          id: column.name,
          title: column.name,
          isText: isText(column),
          value: ({ cells }) => {
            const cell = cells[at];
            return typeof cell === 'number' || typeof cell === 'string'
              ? cell
              : cell === null
                ? null
                : JSON.stringify(cell);
          },
          cell: ({ cells }) => {
            const cell = cells[at];
            return column.type === 'string' && typeof cell === 'string' ? (
              <Value field={column.name} value={cell} className="mono" />
            ) : (
              shown(cell, column)
            );
          },
        }))}
      />
      {data.truncated && <p className={classes['note']}>Only the first {MAX_ROWS} rows are here.</p>}
    </div>
  );
}
