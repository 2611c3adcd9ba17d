/** The columns every table of call numbers has: how many, how many failed, how long. */

import { formatBytes, formatCount, formatMillis, formatShare } from '../lib/format.ts';
import type { NumberColumn } from './number-table.tsx';

interface CallNumbers {
  readonly count: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const errorShare = ({ count, errors }: CallNumbers): number => (count === 0 ? 0 : errors / count);

/** Count, error share and percentiles. */
export const callColumns = <T extends CallNumbers>(): readonly NumberColumn<T>[] => [
  { id: 'count', title: 'Calls', value: ({ count }) => count, cell: ({ count }) => formatCount(count) },
  {
    id: 'errors',
    title: 'Failed',
    value: errorShare,
    cell: (row) => (
      <span style={{ color: row.errors > 0 ? 'var(--error)' : 'var(--text-dim)' }}>{formatShare(errorShare(row))}</span>
    ),
    doc: 'Share of calls that failed by their protocol’s rules',
  },
  {
    id: 'p50',
    title: 'p50',
    value: ({ p50 }) => p50,
    cell: ({ p50 }) => formatMillis(p50),
    doc: 'Half of the calls were faster',
  },
  {
    id: 'p95',
    title: 'p95',
    value: ({ p95 }) => p95,
    cell: ({ p95 }) => formatMillis(p95),
    doc: '95 of 100 calls were faster',
  },
  {
    id: 'p99',
    title: 'p99',
    value: ({ p99 }) => p99,
    cell: ({ p99 }) => formatMillis(p99),
    doc: '99 of 100 calls were faster',
  },
];

export const bytesColumn = <T extends { readonly bytes: number }>(): NumberColumn<T> => ({
  id: 'bytes',
  title: 'Bytes',
  value: ({ bytes }) => bytes,
  cell: ({ bytes }) => formatBytes(bytes),
});
