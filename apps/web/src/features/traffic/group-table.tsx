/** Calls grouped: which endpoint is slow, which service fails, which status is how frequent. */

import type { Top } from '@kubeshark/contract';
import type { EntryRow } from '@kubeshark/model';
import { Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { aggregateKey, INCOMPLETE, useAggregate } from '../../api/aggregates.ts';
import { useHub } from '../../api/context.ts';
import { useStop } from '../../api/use-stop.ts';
import { formatClock, formatMillis } from '../../lib/format.ts';
import { andTerm, type FieldValue, termOf } from '../../lib/term.ts';
import { boundsOf } from '../../lib/time-range.ts';
import { bytesColumn, callColumns } from '../../ui/calls-columns.tsx';
import { Empty } from '../../ui/empty.tsx';
import { NumberTable } from '../../ui/number-table.tsx';
import { ProtocolBadge } from '../../ui/protocol-badge.tsx';
import { StatusText } from '../../ui/status-text.tsx';
import { Value } from '../../ui/value-menu.tsx';
import { useView } from '../../ui/view.ts';
import { Waiting } from '../../ui/waiting.tsx';
import classes from './inspector/inspector.module.css';
import pageClasses from './traffic-page.module.css';

/** Groups asked for: more than anyone reads, few enough to draw at once. */
const MAX_GROUPS = 300;
/** Calls shown under an opened group. */
const MAX_EXAMPLES = 12;

const fields = { endpoint: 'endpoint', service: 'dst.name', status: 'status' } as const;
type GroupBy = keyof typeof fields;

const fieldValue = (by: GroupBy, key: string): FieldValue => {
  if (by !== 'status') return { field: fields[by], value: key };
  return { field: 'response.status', value: /^\d+$/.test(key) ? Number(key) : key };
};

type TopRow = Top['rows'][number];

interface GroupTableProps {
  readonly by: GroupBy;
  readonly onOpen: (id: string) => void;
}

export function GroupTable({ by, onOpen }: GroupTableProps) {
  const { query, range } = useView();
  const [scope, more] = [{ query, range }, { by: fields[by], order: 'count', limit: MAX_GROUPS } as const];
  const stop = useStop(aggregateKey('top', scope, more));
  const { data, error } = useAggregate('top', scope, more, !stop.isStopped);
  if (error !== null) return <Empty title="The groups could not be read">{error.message}</Empty>;
  if (data === undefined) return <Waiting title="Counting …" {...stop} />;
  if (data.rows.length === 0) return <Empty title="Nothing to group">No call matches in this time.</Empty>;
  return (
    <div className={pageClasses['groups']}>
      <NumberTable<TopRow>
        label={`Calls by ${by}`}
        rows={data.rows}
        rowKey={({ key }) => key}
        firstSort={{ id: 'p95', descending: true }}
        columns={[
          {
            id: 'key',
            title: by[0]!.toUpperCase() + by.slice(1),
            isText: true,
            value: ({ key }) => key,
            cell: ({ key }) => (
              <Value {...fieldValue(by, key)} className="mono">
                {key === '' ? '(none)' : key}
              </Value>
            ),
          },
          ...callColumns<TopRow>(),
          bytesColumn<TopRow>(),
        ]}
        detail={({ key }) => <Examples term={termOf(fieldValue(by, key))} onOpen={onOpen} />}
      />
      {!data.complete && <p className="dim">{INCOMPLETE}</p>}
      {data.truncated && (
        <p className="dim">Only the first {MAX_GROUPS} groups are here: narrow the query to see the rest.</p>
      )}
    </div>
  );
}

function Examples({ term, onOpen }: { readonly term: string; readonly onOpen: (id: string) => void }) {
  const { api } = useHub();
  const { query, range } = useView();
  const q = andTerm(query, term);
  const { data, error } = useQuery({
    queryKey: ['examples', q, range],
    queryFn: ({ signal }) => api.call('entries', { query: { q, limit: MAX_EXAMPLES, ...boundsOf(range) }, signal }),
  });
  if (error !== null) return <span className="dim">{error.message}</span>;
  if (data === undefined) return <Loader size="xs" />;
  return data.rows.map((row: EntryRow) => (
    <button key={row.id} type="button" className={classes['neighbour']} onClick={() => onOpen(row.id)}>
      <span className="dim">{formatClock(row.timestamp)}</span>
      <ProtocolBadge protocol={row.protocol} />
      <StatusText status={row.status} error={row.error} />
      <span className="ellipsis">{row.summary}</span>
      <span className={classes['amount']}>{formatMillis(row.latency)}</span>
    </button>
  ));
}
