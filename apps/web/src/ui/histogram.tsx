/** Calls over time, errors stacked on top; drag to choose a part of it. */

import type { Histogram as HistogramData } from '@kubeshark/contract';
import { type PointerEvent, useRef, useState } from 'react';
import { formatCalls, formatClock, formatCount } from '../lib/format.ts';
import classes from './histogram.module.css';

interface HistogramProps {
  readonly data: HistogramData;
  readonly onBrush: (from: number, to: number) => void;
}

/** Drags shorter than this are clicks. */
const MIN_DRAG = 4;

export function Histogram({ data, onBrush }: HistogramProps) {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const { buckets, since, until, bucketMicros } = data;
  const highest = Math.max(1, ...buckets.map(({ count }) => count));
  const width = 100 / Math.max(1, buckets.length);
  const height = (count: number) => (count === 0 ? 0 : Math.max(3, (count / highest) * 100));

  const shareAt = (event: PointerEvent): number => {
    const { left, width: pixels } = box.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / pixels));
  };
  const onMove = (event: PointerEvent) => {
    const at = shareAt(event);
    setHover(Math.min(buckets.length - 1, Math.floor(at * buckets.length)));
    if (drag !== null) setDrag({ ...drag, to: at });
  };
  const onUp = () => {
    if (drag === null || box.current === null) return;
    const [first, last] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setDrag(null);
    if ((last - first) * box.current.clientWidth < MIN_DRAG) return;
    onBrush(since + first * (until - since), since + last * (until - since));
  };
  const pointed = hover === null ? undefined : buckets[hover];
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const errors = buckets.reduce((sum, bucket) => sum + bucket.errors, 0);
  return (
    <div className={classes['frame']}>
      <div
        ref={box}
        className={classes['plot']}
        role="img"
        aria-label={`Calls over time: ${formatCount(total)}, of which ${formatCount(errors)} failed. Drag to choose a time.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = shareAt(event);
          setDrag({ from: at, to: at });
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerLeave={() => setHover(null)}
      >
        <svg className={classes['bars']} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
          {buckets.map(({ at, count, errors: failed }, index) => {
            const whole = height(count);
            const bad = count === 0 ? 0 : (failed / count) * whole;
            return (
              <g key={at}>
                <rect
                  className={classes['ok']}
                  x={index * width}
                  width={width * 0.82}
                  y={100 - whole + bad}
                  height={whole - bad}
                />
                <rect
                  className={classes['error']}
                  x={index * width}
                  width={width * 0.82}
                  y={100 - whole}
                  height={bad}
                />
              </g>
            );
          })}
        </svg>
        {drag !== null && (
          <div
            className={classes['brush']}
            style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }}
          />
        )}
      </div>
      <div className={classes['axis']}>
        <span>{formatClock(since).slice(0, 8)}</span>
        <span>
          {pointed === undefined
            ? `${formatCalls(total)}${data.complete ? '' : ', the newest: older ones could not be counted in time'}`
            : `${formatClock(pointed.at).slice(0, 8)} + ${(bucketMicros / 1e6).toFixed(bucketMicros < 1e7 ? 1 : 0)} s: ${formatCalls(pointed.count)}${pointed.errors > 0 ? `, ${formatCount(pointed.errors)} failed` : ''}`}
        </span>
        <span>{formatClock(until).slice(0, 8)}</span>
      </div>
    </div>
  );
}
