/** Rate, errors and duration of everything in scope; every number leads to the calls behind it. */

import { Skeleton } from '@mantine/core';
import { useCallback } from 'react';
import { INCOMPLETE, useAggregate } from '../../api/aggregates.ts';
import { andTerm, type FieldValue, termOf } from '../../lib/term.ts';
import { formatRange } from '../../lib/time-range.ts';
import { Empty } from '../../ui/empty.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useView } from '../../ui/view.ts';
import { BUCKETS } from './charts.ts';
import classes from './dashboard.module.css';
import { GroupedChart } from './grouped-chart.tsx';
import { type HeatCell, HeatMap } from './heat-map.tsx';
import { RedCharts } from './red-charts.tsx';
import { Statuses } from './statuses.tsx';
import { Tiles } from './tiles.tsx';
import { TopEndpoints } from './top-endpoints.tsx';

export function DashboardPage() {
  const { query, range, setRange, go } = useView();
  const scope = { query, range };
  const { data: all, error } = useAggregate('series', scope, { buckets: BUCKETS });
  const { data: latencies } = useAggregate('latencies', scope, { buckets: BUCKETS });
  const onBrush = useCallback((from: number, to: number) => setRange({ kind: 'between', from, to }), [setRange]);

  if (error !== null) return <Empty title="The numbers could not be read">{error.message}</Empty>;
  const drill = (value: FieldValue) => go('traffic', { q: andTerm(query, termOf(value)), t: formatRange(range) });
  const open = (term: string | null, from: number, to: number) =>
    go('traffic', {
      q: term === null ? query : andTerm(query, term),
      t: formatRange({ kind: 'between', from, to }),
    });
  const openCell = ({ from, to, atLeast, below }: HeatCell) => {
    const terms = [
      ...(atLeast === null ? [] : [`response.latency >= ${Number(atLeast.toPrecision(3))}`]),
      ...(below === null ? [] : [`response.latency < ${Number(below.toPrecision(3))}`]),
    ];
    open(terms.join(' and '), from, to);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
    <div className={classes['page']} tabIndex={0}>
      {all?.complete === false && (
        <p className={classes['incomplete']} role="status">
          {INCOMPLETE}
        </p>
      )}
      <Tiles />
      <div className={classes['grid']}>
        <RedCharts data={all} onBrush={onBrush} onOpen={open} />
        <Panel title="Latency over time" aside={<span className="dim">stronger: more calls</span>}>
          {latencies === undefined ? (
            <Skeleton className={classes['heatWaits']} role="status" aria-label="Reading the latencies" />
          ) : (
            <HeatMap data={latencies} onCell={openCell} />
          )}
        </Panel>
        <GroupedChart title="By protocol" by="protocol" onBrush={onBrush} onOpen={open} />
        <GroupedChart title="By service" by="dst.name" onBrush={onBrush} onOpen={open} />
        <Statuses onDrill={drill} />
        <TopEndpoints onDrill={drill} />
      </div>
    </div>
  );
}
