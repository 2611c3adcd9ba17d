/** The endpoints with most calls, most failures or the longest waits. */

import type { Top } from '@kubeshark/contract';
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useAggregate } from '../../api/aggregates.ts';
import type { FieldValue } from '../../lib/term.ts';
import { bytesColumn, callColumns } from '../../ui/calls-columns.tsx';
import { NumberTable } from '../../ui/number-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useView } from '../../ui/view.ts';
import { perSecond } from './charts.ts';
import classes from './dashboard.module.css';

const orders = [
  { value: 'count', label: 'Traffic' },
  { value: 'errors', label: 'Errors' },
  { value: 'p95', label: 'Latency' },
] as const;

type TopRow = Top['rows'][number];

export function TopEndpoints({ onDrill }: { readonly onDrill: (value: FieldValue) => void }) {
  const { query, range } = useView();
  const [order, setOrder] = useState<(typeof orders)[number]['value']>('count');
  const { data } = useAggregate('top', { query, range }, { by: 'endpoint', order, limit: 12 });
  return (
    <Panel
      title="Top endpoints"
      className={classes['wide']}
      aside={
        <SegmentedControl
          aria-label="Top endpoints by"
          value={order}
          onChange={(next) => setOrder(next as typeof order)}
          data={orders.map(({ value, label }) => ({ value, label }))}
        />
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard. */}
      <div className={classes['table']} tabIndex={0}>
        <NumberTable<TopRow>
          key={order}
          label="Top endpoints"
          rows={data?.rows ?? []}
          rowKey={({ key }) => key}
          firstSort={{ id: order, descending: true }}
          columns={[
            {
              id: 'key',
              title: 'Endpoint',
              isText: true,
              value: ({ key }) => key,
              cell: ({ key }) => <span className="mono">{key}</span>,
            },
            { id: 'rate', title: 'Rate', value: (row) => row.perSecond, cell: (row) => perSecond(row.perSecond) },
            ...callColumns<TopRow>(),
            bytesColumn<TopRow>(),
          ]}
          onRow={({ key }) => onDrill({ field: 'endpoint', value: key })}
          menuValues={({ key }) => ({ field: 'endpoint', value: key })}
        />
      </div>
    </Panel>
  );
}
