/** How the calls ended: share and number of each status. */

import type { Top } from '@kubeshark/contract';
import { useAggregate } from '../../api/aggregates.ts';
import { formatCount, formatShare } from '../../lib/format.ts';
import type { FieldValue } from '../../lib/term.ts';
import { callColumns } from '../../ui/calls-columns.tsx';
import { NumberTable } from '../../ui/number-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useView } from '../../ui/view.ts';
import classes from './dashboard.module.css';

type TopRow = Top['rows'][number];

/** Green for success, grey for redirects, red for failure, as in the list. */
function statusColor(key: string): string {
  if (/^[45]\d\d$/.test(key)) return key.startsWith('4') ? 'var(--warn)' : 'var(--error)';
  if (/^3\d\d$/.test(key)) return 'var(--text-faint)';
  return /^(0|[12]\d\d)$/.test(key) ? 'var(--ok)' : 'var(--error)';
}

export function Statuses({ onDrill }: { readonly onDrill: (value: FieldValue) => void }) {
  const { query, range } = useView();
  const { data } = useAggregate('top', { query, range }, { by: 'status', order: 'count', limit: 20 });
  const rows = (data?.rows ?? []).filter(({ key }) => key !== '');
  const total = Math.max(
    1,
    rows.reduce((sum, { count }) => sum + count, 0),
  );
  const fieldValue = (key: string): FieldValue => ({
    field: 'response.status',
    value: /^\d+$/.test(key) ? Number(key) : key,
  });
  return (
    <Panel title="Status distribution">
      <div className={classes['statusBar']}>
        {rows.map(({ key, count }) => (
          <button
            key={key}
            type="button"
            className={classes['statusPart']}
            style={{ flex: count, background: statusColor(key) }}
            title={`${key}: ${formatCount(count)} (${formatShare(count / total)})`}
            aria-label={`Status ${key}, ${formatShare(count / total)}`}
            onClick={() => onDrill(fieldValue(key))}
          />
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard. */}
      <div className={classes['table']} tabIndex={0}>
        <NumberTable<TopRow>
          label="Statuses"
          rows={rows}
          rowKey={({ key }) => key}
          firstSort={{ id: 'count', descending: true }}
          columns={[
            {
              id: 'key',
              title: 'Status',
              isText: true,
              value: ({ key }) => key,
              cell: ({ key }) => <span style={{ color: statusColor(key), fontWeight: 550 }}>{key}</span>,
            },
            {
              id: 'share',
              title: 'Share',
              value: ({ count }) => count,
              cell: ({ count }) => formatShare(count / total),
            },
            ...callColumns<TopRow>(),
          ]}
          onRow={({ key }) => onDrill(fieldValue(key))}
          menuValues={({ key }) => fieldValue(key)}
        />
      </div>
    </Panel>
  );
}
