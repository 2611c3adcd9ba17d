/** Calls a second of each of the busiest groups. A click opens the calls of the nearest line at that moment. */

import type { Series } from '@kubeshark/contract';
import { protocolOf } from '@kubeshark/model';
import { useMemo } from 'react';
import { useAggregate } from '../../api/aggregates.ts';
import { termOf } from '../../lib/term.ts';
import { Chart, type ChartPoint } from '../../ui/chart.tsx';
import { Panel } from '../../ui/panel.tsx';
import { openValueMenu } from '../../ui/value-menu.tsx';
import { useView } from '../../ui/view.ts';
import { BUCKETS, line, type OpenCalls, perSecond, promql } from './charts.ts';
import classes from './dashboard.module.css';
import { PromQl } from './promql.tsx';

interface GroupedChartProps {
  readonly title: string;
  readonly by: 'protocol' | 'dst.name';
  readonly onBrush: (from: number, to: number) => void;
  readonly onOpen: OpenCalls;
}

const MAX_LINES = 8;
/** What the hub calls the sum of all groups that have no line of their own. */
const OTHER = 'other';

/** Hues that tell series apart where the catalogue has none for them. */
const HUES = [190, 35, 265, 120, 330, 60, 225, 10, 160, 290];
const colorOf = (key: string, index: number): string =>
  `hsl(${protocolOf(key)?.hue ?? HUES[index % HUES.length]} 62% 58%)`;

export function GroupedChart({ title, by, onBrush, onOpen }: GroupedChartProps) {
  const { query, range } = useView();
  const { data } = useAggregate('series', { query, range }, { by, limit: MAX_LINES, buckets: BUCKETS });
  const { times, series } = useMemo(() => linesOf(data), [data]);
  const onPoint = ({ index, nearest, event }: ChartPoint) => {
    const [key, from] = [data?.series[nearest]?.key, times?.[index]];
    if (data === undefined || key === undefined || from === undefined) return;
    const value = { field: by, value: key === '' ? null : key };
    if (event.type === 'click') {
      onOpen(key === OTHER ? null : termOf(value), from, from + data.bucketMicros);
    } else if (key !== OTHER) {
      event.preventDefault();
      openValueMenu({ clientX: event.clientX, clientY: event.clientY, currentTarget: null }, value);
    }
  };
  return (
    <Panel title={title} aside={<PromQl query={promql[by]} />}>
      <div className={classes['chart']}>
        <Chart
          label={`Calls a second, ${title.toLowerCase()}`}
          times={times}
          series={series}
          format={perSecond}
          onBrush={onBrush}
          onPoint={onPoint}
        />
      </div>
    </Panel>
  );
}

function linesOf(data: Series | undefined) {
  const seconds = (data?.bucketMicros ?? 1e6) / 1e6;
  return {
    times: data === undefined ? undefined : (data.series[0]?.points.map(({ at }) => at) ?? []),
    series: (data?.series ?? []).map(({ key, points }, index) =>
      line(
        key === '' ? '(none)' : key,
        colorOf(key, index),
        points.map(({ count }) => count / seconds),
      ),
    ),
  };
}
