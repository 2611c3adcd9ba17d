/** Latency over time as a heat map: a column for each moment, a row for each third of a power of ten, stronger where more calls are. */

import type { Latencies } from '@kubeshark/contract';
import { useComputedColorScheme } from '@mantine/core';
import { type MouseEvent, useEffect, useRef, useState } from 'react';
import { formatCalls, formatClock, formatMillis } from '../../lib/format.ts';
import classes from './dashboard.module.css';

/** One moment and one stretch of latencies; the ends of the scale are open. */
export interface HeatCell {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly atLeast: number | null;
  readonly below: number | null;
}

/** The cell at a place of the drawing, given as shares of its width and of its height from the top. */
export function cellAt({ rows, columns, bucketMicros }: Latencies, x: number, y: number): HeatCell | null {
  const column = columns[Math.floor(x * columns.length)];
  const row = rows.length - 1 - Math.floor(y * rows.length);
  const count = column?.counts[row];
  if (column === undefined || count === undefined) return null;
  return {
    from: column.at,
    to: column.at + bucketMicros,
    count,
    atLeast: row === 0 ? null : rows[row]!,
    below: rows[row + 1] ?? null,
  };
}

/** `1.00 ms to 2.15 ms`, `under 0.22 ms`. */
export function describeLatency({ atLeast, below }: HeatCell): string {
  if (atLeast === null) return `under ${formatMillis(below)}`;
  return below === null ? `${formatMillis(atLeast)} and more` : `${formatMillis(atLeast)} to ${formatMillis(below)}`;
}

interface HeatMapProps {
  readonly data: Latencies;
  readonly onCell: (cell: HeatCell) => void;
}

export function HeatMap({ data, onCell }: HeatMapProps) {
  const { rows, columns } = data;
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme();
  const [pointed, setPointed] = useState<HeatCell | null>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    element.dataset['scheme'] = scheme;
    element.width = columns.length;
    element.height = rows.length;
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    const busiest = Math.max(1, ...columns.flatMap(({ counts }) => counts));
    columns.forEach(({ counts }, x) => {
      counts.forEach((count, row) => {
        if (count === 0) return;
        // The square root lets few calls be seen beside many; one alone must still be seen.
        context.globalAlpha = Math.max(0.12, Math.sqrt(count / busiest));
        context.fillRect(x, rows.length - 1 - row, 1, 1);
      });
    });
  }, [rows, columns, scheme]);
  const find = ({ currentTarget, clientX, clientY }: MouseEvent<HTMLElement>): HeatCell | null => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    return cellAt(data, (clientX - left) / width, (clientY - top) / height);
  };
  const [first, last] = [columns[0], columns.at(-1)];
  const decades = rows.filter((_, row) => row % 3 === 0).toReversed();
  return (
    <div className={classes['heat']}>
      <div className={classes['heatScale']} aria-hidden>
        {decades.map((millis) => (
          <span key={millis}>{formatMillis(millis).replace('.00', '').replace('0.10', '0.1')}</span>
        ))}
      </div>
      <canvas
        ref={canvas}
        className={classes['heatCanvas']}
        role="img"
        aria-label="Latency over time as a heat map"
        onMouseMove={(event) => setPointed(find(event))}
        onMouseLeave={() => setPointed(null)}
        onClick={(event) => {
          const cell = find(event);
          if (cell !== null && cell.count > 0) onCell(cell);
        }}
      />
      <div className={classes['heatTimes']} aria-hidden>
        <span>{first === undefined ? '' : formatClock(first.at).slice(0, 8)}</span>
        {pointed !== null && (
          <span>
            {formatClock(pointed.from).slice(0, 8)}: {formatCalls(pointed.count)} of {describeLatency(pointed)}
          </span>
        )}
        <span>{last === undefined ? '' : formatClock(last.at).slice(0, 8)}</span>
      </div>
    </div>
  );
}
