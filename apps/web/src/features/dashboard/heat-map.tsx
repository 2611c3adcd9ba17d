/** Latency over time as a heat map: a column for each moment, a row for each order of magnitude, darker where more calls are. */

import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { formatClock, formatMillis } from '../../lib/format.ts';
import classes from './dashboard.module.css';

export interface HeatColumn {
  readonly at: number;
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Rows: three for each power of ten from 0.1 ms to 100 s. */
const ROWS = 18;
const LOWEST = 0.1;

const rowOf = (millis: number): number =>
  Math.min(ROWS - 1, Math.max(0, Math.floor(Math.log10(Math.max(millis, LOWEST) / LOWEST) * 3)));

const millisOf = (row: number): number => LOWEST * 10 ** (row / 3);

/**
 * Share of a column's calls in each row, read off its percentiles: half lie up to p50, 45 of 100 up to p95, 4 up to p99,
 * each spread evenly (in the logarithm) over its stretch.
 */
export function sharesOf({ p50, p95, p99 }: HeatColumn): readonly number[] {
  const shares = Array.from({ length: ROWS }, () => 0);
  if (p50 === null || p95 === null || p99 === null) return shares;
  const stretches = [
    [p50 / 3, p50, 0.5],
    [p50, p95, 0.45],
    [p95, p99, 0.05],
  ] as const;
  for (const [from, to, share] of stretches) {
    const [first, last] = [rowOf(from), rowOf(to)];
    for (let row = first; row <= last; row += 1) shares[row]! += share / (last - first + 1);
  }
  return shares;
}

export function HeatMap({ columns }: { readonly columns: readonly HeatColumn[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme();
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    element.dataset['scheme'] = scheme;
    element.width = columns.length;
    element.height = ROWS;
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    const busiest = Math.max(1, ...columns.map(({ count }) => count));
    columns.forEach((column, x) => {
      sharesOf(column).forEach((share, row) => {
        // The square root lets few calls be seen beside many.
        context.globalAlpha = Math.min(1, Math.sqrt((share * column.count) / busiest) * 1.1);
        if (share > 0) context.fillRect(x, ROWS - 1 - row, 1, 1);
      });
    });
  }, [columns, scheme]);
  const [first, last] = [columns[0], columns.at(-1)];
  return (
    <div className={classes['heat']}>
      <div className={classes['heatScale']} aria-hidden>
        {[15, 12, 9, 6, 3, 0].map((row) => (
          <span key={row}>{formatMillis(millisOf(row)).replace('.00', '').replace('0.10', '0.1')}</span>
        ))}
      </div>
      <canvas ref={canvas} className={classes['heatCanvas']} role="img" aria-label="Latency over time as a heat map" />
      <div className={classes['heatTimes']} aria-hidden>
        <span>{first === undefined ? '' : formatClock(first.at).slice(0, 8)}</span>
        <span>{last === undefined ? '' : formatClock(last.at).slice(0, 8)}</span>
      </div>
    </div>
  );
}
