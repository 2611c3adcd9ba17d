/** Rate, errors and duration of everything in scope; every number leads to the calls behind it. */

import type { Series, Top } from '@kubeshark/contract';
import { protocolOf } from '@kubeshark/model';
import { SegmentedControl } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { useAggregate } from '../../api/aggregates.ts';
import { formatBytes, formatCount, formatMillis, formatShare, formatShort } from '../../lib/format.ts';
import { andTerm, type FieldValue, termOf } from '../../lib/term.ts';
import { formatRange } from '../../lib/time-range.ts';
import { bytesColumn, callColumns } from '../../ui/calls-columns.tsx';
import { Chart, type ChartSeries } from '../../ui/chart.tsx';
import { Empty } from '../../ui/empty.tsx';
import { NumberTable } from '../../ui/number-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useView } from '../../ui/view.ts';
import classes from './dashboard.module.css';
import { HeatMap } from './heat-map.tsx';
import { PromQl } from './promql.tsx';

const BUCKETS = 100;

const promql = {
  rate: 'sum(rate(kubeshark_requests_total[5m]))',
  errors: 'sum(rate(kubeshark_requests_total{status=~"5.."}[5m])) / sum(rate(kubeshark_requests_total[5m]))',
  latency: 'histogram_quantile(0.95, sum(rate(kubeshark_request_duration_seconds_bucket[5m])) by (le))',
  protocol: 'sum(rate(kubeshark_requests_total[5m])) by (protocol)',
  service: 'sum(rate(kubeshark_requests_total[5m])) by (destination)',
} as const;

const perSecond = (value: number): string => `${formatShort(value)}/s`;

export function DashboardPage() {
  const { query, range, setRange, go } = useView();
  const scope = { query, range };
  const { data: all, error } = useAggregate('series', scope, { buckets: BUCKETS });
  const onBrush = useCallback((from: number, to: number) => setRange({ kind: 'between', from, to }), [setRange]);
  const points = all?.series[0]?.points;
  const seconds = (all?.bucketMicros ?? 1e6) / 1e6;

  const charts = useMemo(() => {
    const list = points ?? [];
    return {
      times: list.map(({ at }) => at),
      rate: [
        line(
          'Calls',
          'var(--accent)',
          list.map(({ count }) => count / seconds),
          true,
        ),
      ],
      errors: [
        line(
          'Failed',
          'var(--error)',
          list.map(({ count, errors }) => (count === 0 ? null : errors / count)),
          true,
        ),
      ],
      latency: [
        line(
          'p50',
          'var(--ok)',
          list.map(({ p50 }) => p50),
        ),
        line(
          'p95',
          'var(--warn)',
          list.map(({ p95 }) => p95),
        ),
        line(
          'p99',
          'var(--error)',
          list.map(({ p99 }) => p99),
        ),
      ],
    };
  }, [points, seconds]);

  if (error !== null) return <Empty title="The numbers could not be read">{error.message}</Empty>;
  const drill = (value: FieldValue) => go('traffic', { q: andTerm(query, termOf(value)), t: formatRange(range) });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
    <div className={classes['page']} tabIndex={0}>
      <Tiles />
      <div className={classes['grid']}>
        <Panel title="Request rate" aside={<PromQl query={promql.rate} />}>
          <div className={classes['chart']}>
            <Chart
              label="Calls a second"
              times={charts.times}
              series={charts.rate}
              format={perSecond}
              onBrush={onBrush}
            />
          </div>
        </Panel>
        <Panel title="Error rate" aside={<PromQl query={promql.errors} />}>
          <div className={classes['chart']}>
            <Chart
              label="Share of failed calls"
              times={charts.times}
              series={charts.errors}
              format={formatShare}
              onBrush={onBrush}
            />
          </div>
        </Panel>
        <Panel title="Latency" aside={<PromQl query={promql.latency} />}>
          <div className={classes['chart']}>
            <Chart
              label="Latency percentiles"
              times={charts.times}
              series={charts.latency}
              format={formatMillis}
              onBrush={onBrush}
            />
          </div>
        </Panel>
        <Panel title="Latency over time" aside={<span className="dim">darker: more calls</span>}>
          <HeatMap columns={points ?? []} />
        </Panel>
        <Grouped title="By protocol" by="protocol" query={promql.protocol} onBrush={onBrush} />
        <Grouped title="By service" by="dst.name" query={promql.service} onBrush={onBrush} />
        <TopEndpoints onDrill={drill} />
        <Statuses onDrill={drill} />
      </div>
    </div>
  );
}

const line = (label: string, color: string, values: readonly (number | null)[], isFilled = false): ChartSeries => ({
  label,
  color,
  values,
  isFilled,
});

function Tiles() {
  const { query, range, go } = useView();
  const { data } = useAggregate('totals', { query, range }, {});
  const failed = data === undefined || data.count === 0 ? null : data.errors / data.count;
  const span = data === undefined ? 1 : Math.max(1, (data.until - data.since) / 1e6);
  return (
    <div className={classes['tiles']}>
      <Tile
        name="Calls"
        value={formatCount(data?.count)}
        note={data && `${formatShort(data.perSecond)} a second`}
        onClick={() => go('traffic')}
      />
      <Tile
        name="Failed"
        value={formatShare(failed)}
        note={data && `${formatCount(data.errors)} calls`}
        onClick={() => go('traffic', { q: andTerm(query, 'error') })}
      />
      <Tile name="p50" value={formatMillis(data?.p50)} note="half are faster" />
      <Tile name="p95" value={formatMillis(data?.p95)} note="95 of 100 are faster" onClick={() => slower(data?.p95)} />
      <Tile name="p99" value={formatMillis(data?.p99)} note="99 of 100 are faster" onClick={() => slower(data?.p99)} />
      <Tile
        name="Throughput"
        value={data === undefined ? '–' : `${formatBytes(data.bytes / span)}/s`}
        note={data && formatBytes(data.bytes)}
      />
    </div>
  );

  function slower(millis: number | null | undefined): void {
    if (millis !== null && millis !== undefined)
      go('traffic', { q: andTerm(query, `response.latency > ${Math.round(millis)}`) });
  }
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly note: string | undefined;
  readonly onClick?: () => void;
}

function Tile({ name, value, note, onClick }: TileProps) {
  const content = (
    <>
      <span className={classes['tileName']}>{name}</span>
      <span className={classes['tileValue']}>{value}</span>
      <span className={classes['tileNote']}>{note ?? ' '}</span>
    </>
  );
  if (onClick === undefined) return <div className={classes['tile']}>{content}</div>;
  return (
    <button type="button" className={classes['tile']} onClick={onClick} title={`Show these calls`}>
      {content}
    </button>
  );
}

interface GroupedProps {
  readonly title: string;
  readonly by: 'protocol' | 'dst.name';
  readonly query: string;
  readonly onBrush: (from: number, to: number) => void;
}

/** Hues that tell series apart where the catalogue has none for them. */
const HUES = [190, 35, 265, 120, 330, 60, 225, 10, 160, 290];
const colorOf = (key: string, index: number): string =>
  `hsl(${protocolOf(key)?.hue ?? HUES[index % HUES.length]} 62% 58%)`;

function Grouped({ title, by, query: prometheus, onBrush }: GroupedProps) {
  const { query, range } = useView();
  const { data } = useAggregate('series', { query, range }, { by, limit: 8, buckets: BUCKETS });
  const { times, series } = useMemo(() => seriesOf(data), [data]);
  return (
    <Panel title={title} aside={<PromQl query={prometheus} />}>
      <div className={classes['chart']}>
        <Chart
          label={`Calls a second, ${title.toLowerCase()}`}
          times={times}
          series={series}
          format={perSecond}
          onBrush={onBrush}
        />
      </div>
    </Panel>
  );
}

function seriesOf(data: Series | undefined) {
  const seconds = (data?.bucketMicros ?? 1e6) / 1e6;
  return {
    times: data?.series[0]?.points.map(({ at }) => at) ?? [],
    series: (data?.series ?? []).map(({ key, points }, index) =>
      line(
        key === '' ? '(none)' : key,
        colorOf(key, index),
        points.map(({ count }) => count / seconds),
      ),
    ),
  };
}

const orders = [
  { value: 'count', label: 'Traffic' },
  { value: 'errors', label: 'Errors' },
  { value: 'p95', label: 'Latency' },
] as const;

type TopRow = Top['rows'][number];

function TopEndpoints({ onDrill }: { readonly onDrill: (value: FieldValue) => void }) {
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
        />
      </div>
    </Panel>
  );
}

/** Green for success, grey for redirects, red for failure, as in the list. */
function statusColor(key: string): string {
  if (/^[45]\d\d$/.test(key)) return key.startsWith('4') ? 'var(--warn)' : 'var(--error)';
  if (/^3\d\d$/.test(key)) return 'var(--text-faint)';
  return /^(0|[12]\d\d)$/.test(key) ? 'var(--ok)' : 'var(--error)';
}

function Statuses({ onDrill }: { readonly onDrill: (value: FieldValue) => void }) {
  const { query, range } = useView();
  const { data } = useAggregate('top', { query, range }, { by: 'status', order: 'count', limit: 20 });
  const rows = (data?.rows ?? []).filter(({ key }) => key !== '');
  const total = Math.max(
    1,
    rows.reduce((sum, { count }) => sum + count, 0),
  );
  const drill = (key: string) => onDrill({ field: 'response.status', value: /^\d+$/.test(key) ? Number(key) : key });
  return (
    <Panel title="Status distribution" className={classes['wide']}>
      <div className={classes['statusBar']}>
        {rows.map(({ key, count }) => (
          <button
            key={key}
            type="button"
            className={classes['statusPart']}
            style={{ flex: count, background: statusColor(key) }}
            title={`${key}: ${formatCount(count)} (${formatShare(count / total)})`}
            aria-label={`Status ${key}, ${formatShare(count / total)}`}
            onClick={() => drill(key)}
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
          onRow={({ key }) => drill(key)}
        />
      </div>
    </Panel>
  );
}
