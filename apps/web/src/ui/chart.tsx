/** Lines over time on a canvas (uPlot), in the colours of the theme; hovering reads values, dragging chooses a time. */

import 'uplot/dist/uPlot.min.css';
import { Skeleton, useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import classes from './chart.module.css';

export interface ChartSeries {
  readonly label: string;
  /** A CSS colour or `var(--token)`. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  /** Filled down to zero. */
  readonly isFilled?: boolean;
}

interface ChartProps {
  readonly label: string;
  /** Microseconds, rising; undefined while they are on their way. */
  readonly times: readonly number[] | undefined;
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly onBrush: (from: number, to: number) => void;
  /** A click on a moment; `nearest` is the series whose line is closest. */
  readonly onPoint?: (point: ChartPoint) => void;
  readonly height?: number;
}

export interface ChartPoint {
  /** Index into the chart's times. */
  readonly index: number;
  readonly nearest: number;
  readonly event: MouseEvent;
}

/** All charts of a page move their cursors together. */
const cursors = uPlot.sync('charts');

/** A token's value now; canvas does not know CSS variables. */
function resolve(color: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  return name === undefined ? color : getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Pixels of a plot, and of the legend below it. */
const HEIGHT = 150;
const LEGEND_HEIGHT = 22;

export function Chart({ times, height = HEIGHT, ...rest }: ChartProps) {
  const whole = height + LEGEND_HEIGHT;
  if (times === undefined) return <Skeleton h={whole} role="status" aria-label={`Reading: ${rest.label}`} />;
  if (times.length === 0)
    return (
      <div className={classes['none']} style={{ height: whole }}>
        No calls in this time
      </div>
    );
  return <Plot times={times} height={height} {...rest} />;
}

type PlotProps = ChartProps & { readonly times: readonly number[]; readonly height: number };

function Plot({ label, times, series, format, onBrush, onPoint, height }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme();
  const brush = useRef(onBrush);
  const point = useRef(onPoint);
  const data = useMemo<uPlot.AlignedData>(
    () => [times.map((at) => at / 1e6), ...series.map(({ values }) => [...values])],
    [times, series],
  );
  const shape = JSON.stringify(series.map(({ label: name, color, isFilled = false }) => ({ name, color, isFilled })));
  const latest = useRef(data);

  useEffect(() => {
    brush.current = onBrush;
    point.current = onPoint;
  }, [onBrush, onPoint]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // Canvas colours are read once: a change of theme makes a new chart.
    element.dataset['scheme'] = scheme;
    const lines = JSON.parse(shape) as { readonly name: string; readonly color: string; readonly isFilled: boolean }[];
    const grid = { stroke: resolve('var(--border)'), width: 1 };
    const axis = { stroke: resolve('var(--text-dim)'), grid, ticks: { show: false }, font: '11px Inter Variable' };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { live: true },
        cursor: { sync: { key: cursors.key }, drag: { x: true, y: false, setScale: false }, points: { size: 5 } },
        scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.12 : 1] } },
        axes: [
          {
            ...axis,
            size: 24,
            gap: 4,
            space: 64,
            incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400],
            values: (_, ticks) => ticks.map((tick) => clock.format(tick * 1000)),
          },
          { ...axis, size: 58, space: 28, values: (_, ticks) => distinct(ticks.map(format)) },
        ],
        series: [
          { label: 'Time', value: (_, at) => (at === null ? '' : clock.format(at * 1000)) },
          ...lines.map(({ name, color, isFilled }) => {
            const ink = resolve(color);
            return {
              label: name,
              stroke: ink,
              width: 1.5,
              points: { show: true, size: 4, fill: ink, filter: alone },
              ...(isFilled && { fill: `color-mix(in srgb, ${ink} 18%, transparent)` }),
              value: (_: uPlot, value: number | null, __: number, at: number | null) =>
                at === null ? '' : value === null ? '–' : format(value),
            };
          }),
        ],
        hooks: {
          setSelect: [
            (self) => {
              if (self.select.width < 4) return;
              const from = self.posToVal(self.select.left, 'x') * 1e6;
              const to = self.posToVal(self.select.left + self.select.width, 'x') * 1e6;
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              brush.current(from, to);
            },
          ],
        },
      },
      latest.current,
      element,
    );
    chart.current = plot;
    const onClick = (event: MouseEvent) => {
      const index = plot.cursor.idx;
      if (index !== null && index !== undefined) point.current?.({ index, nearest: nearestSeries(plot, index), event });
    };
    plot.over.addEventListener('click', onClick);
    plot.over.addEventListener('contextmenu', onClick);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [shape, scheme, height, format]);

  useEffect(() => {
    latest.current = data;
    chart.current?.setData(data);
  }, [data]);

  return <div ref={box} className={classes['chart']} role="img" aria-label={label} />;
}

/** The points no line leads to: without a dot, one moment of traffic between two of silence would not be seen. */
function alone(self: uPlot, seriesIndex: number): number[] {
  const values = self.data[seriesIndex] ?? [];
  const isThere = (at: number) => values[at] !== null && values[at] !== undefined;
  return [...values.keys()].filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}

/** Where ticks are closer than the format tells apart, each text once. */
const distinct = (texts: readonly string[]): string[] => texts.map((text, at) => (text === texts[at - 1] ? '' : text));

/** The line that runs closest under or over the pointer. */
function nearestSeries(plot: uPlot, index: number): number {
  const distances = plot.data.slice(1).map((values) => {
    const value = values[index];
    return typeof value === 'number' ? Math.abs(plot.valToPos(value, 'y') - (plot.cursor.top ?? 0)) : Infinity;
  });
  return distances.indexOf(Math.min(...distances));
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
