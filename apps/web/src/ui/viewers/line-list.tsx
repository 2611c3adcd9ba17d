/** Many lines of one height in a scroller of its own; only those in view are in the page. */

import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './viewers.module.css';

const LINE_HEIGHT = 20;
/** Taller content scrolls inside, so that what follows it stays within reach. */
const MAX_HEIGHT = 560;

interface LineListProps {
  readonly count: number;
  readonly label: string;
  /** Content of a line. */
  readonly line: (index: number) => ReactNode;
  /** Class of a line, for search hits. */
  readonly lineClass?: (index: number) => string | undefined;
  /** Line to bring into view. */
  readonly reveal?: number | undefined;
}

export function LineList({ count, label, line, lineClass, reveal }: LineListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  useEffect(() => {
    if (reveal !== undefined && reveal >= 0) lines.scrollToIndex(reveal, { align: 'center' });
  }, [lines, reveal]);
  return (
    <section
      ref={scroller}
      className={classes['scroller']}
      style={{ height: Math.min(MAX_HEIGHT, count * LINE_HEIGHT + 14), padding: '6px 0' }}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard.
      tabIndex={0}
    >
      <div className={classes['canvas']} style={{ height: lines.getTotalSize() }}>
        {lines.getVirtualItems().map((item) => (
          <div
            key={item.key}
            className={`${classes['line']} ${lineClass?.(item.index) ?? ''}`}
            style={{ top: item.start }}
          >
            {line(item.index)}
          </div>
        ))}
      </div>
    </section>
  );
}
