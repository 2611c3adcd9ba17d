/** Rate, errors, duration and throughput over time; a click on a moment opens its calls. */

import type { Series } from '@kubeshark/contract';
import { useMemo } from 'react';
import { formatBytes, formatMillis, formatShare } from '../../lib/format.ts';
import { Chart, type ChartPoint } from '../../ui/chart.tsx';
import { Panel } from '../../ui/panel.tsx';
import { line, type OpenCalls, perSecond, promql } from './charts.ts';
import classes from './dashboard.module.css';
import { PromQl } from './promql.tsx';

interface RedChartsProps {
  readonly data: Series | undefined;
  readonly onBrush: (from: number, to: number) => void;
  readonly onOpen: OpenCalls;
}

const bytesPerSecond = (value: number): string => `${formatBytes(value)}/s`;

export function RedCharts({ data, onBrush, onOpen }: RedChartsProps) {
  const points = data?.series[0]?.points;
  const bucketMicros = data?.bucketMicros ?? 1e6;
  const charts = useMemo(() => {
    const list = points ?? [];
    const seconds = bucketMicros / 1e6;
    const rate = list.map(({ count }) => count / seconds);
    const failed = list.map(({ count, errors }) => (count === 0 ? null : errors / count));
    const volume = list.map(({ bytes }) => bytes / seconds);
    const percentile = (name: 'p50' | 'p95' | 'p99') => list.map((point) => point[name]);
    return {
      times: points?.map(({ at }) => at),
      rate: [line('Calls', 'var(--accent)', rate, true)],
      errors: [line('Failed', 'var(--error)', failed, true)],
      latency: [
        line('p50', 'var(--ok)', percentile('p50')),
        line('p95', 'var(--warn)', percentile('p95')),
        line('p99', 'var(--error)', percentile('p99')),
      ],
      throughput: [line('Bytes', 'var(--info)', volume, true)],
    };
  }, [points, bucketMicros]);
  const open = (term: (index: number) => string | null) =>
    function openPoint({ index, event }: ChartPoint): void {
      const from = charts.times?.[index];
      if (from !== undefined && event.type === 'click') onOpen(term(index), from, from + bucketMicros);
    };
  const common = { times: charts.times, onBrush };
  const slow = (index: number): string | null => {
    const p95 = points?.[index]?.p95;
    return p95 === null || p95 === undefined ? null : `response.latency >= ${Number(p95.toPrecision(3))}`;
  };
  return (
    <>
      <Panel title="Request rate" aside={<PromQl query={promql.rate} />}>
        <div className={classes['chart']}>
          <Chart
            {...common}
            label="Calls a second"
            series={charts.rate}
            format={perSecond}
            onPoint={open(() => null)}
          />
        </div>
      </Panel>
      <Panel title="Error rate" aside={<PromQl query={promql.errors} />}>
        <div className={classes['chart']}>
          <Chart
            {...common}
            label="Share of failed calls"
            series={charts.errors}
            format={formatShare}
            onPoint={open(() => 'error')}
          />
        </div>
      </Panel>
      <Panel title="Latency" aside={<PromQl query={promql.latency} />}>
        <div className={classes['chart']}>
          <Chart
            {...common}
            label="Latency percentiles"
            series={charts.latency}
            format={formatMillis}
            onPoint={open(slow)}
          />
        </div>
      </Panel>
      <Panel title="Throughput">
        <div className={classes['chart']}>
          <Chart
            {...common}
            label="Bytes a second, both ways"
            series={charts.throughput}
            format={bytesPerSecond}
            onPoint={open(() => null)}
          />
        </div>
      </Panel>
    </>
  );
}
