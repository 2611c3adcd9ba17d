/** Which rows of a fixed height are in view, and keeping them there while rows come and go at both ends. */

import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

/** Pixels; the same as `--row-height` in tokens.css. */
export const ROW_HEIGHT = 26;
/** Rows drawn above and below what is seen, so that a wheel step finds them ready. */
const OVERSCAN = 8;

interface WindowOptions {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly start: number;
  readonly end: number;
  /** Stay at the newest row as long as the person is there. */
  readonly follows: boolean;
}

export interface RowWindow {
  /** Positions to draw: `first` up to `last`, not included. */
  readonly first: number;
  readonly last: number;
  readonly atEnd: boolean;
  /** Rows that came while the person was elsewhere. */
  readonly unseen: number;
  readonly atStart: boolean;
  /** To be called when the rows stand in the document: they may have moved what is in view. */
  readonly settle: () => void;
  readonly onScroll: () => void;
  readonly scrollToEnd: () => void;
  readonly reveal: (position: number) => void;
}

export function useWindow({ scroller, start, end, follows }: WindowOptions): RowWindow {
  const [place, setPlace] = useState({ top: 0, height: 0 });
  const [atEnd, setAtEnd] = useState(true);
  const [seenEnd, setSeenEnd] = useState(end);
  const before = useRef({ start, end });

  // What the person sees is known without measuring while they stay at the newest row: nothing is drawn twice for a batch.
  const isPinned = follows && atEnd;
  const measure = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const { scrollTop, clientHeight, scrollHeight } = element;
    const isAtEnd = scrollHeight - clientHeight - scrollTop < ROW_HEIGHT / 2;
    setAtEnd(isAtEnd);
    if (!isAtEnd && atEnd) setSeenEnd(before.current.end);
    setPlace((last) =>
      last.height === clientHeight && (last.top === scrollTop || (isPinned && isAtEnd))
        ? last
        : { top: scrollTop, height: clientHeight },
    );
  }, [scroller, isPinned, atEnd]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, measure]);

  const settle = useCallback(() => {
    const element = scroller.current;
    const moved = before.current.start - start;
    before.current = { start, end };
    if (element === null) return;
    if (isPinned) {
      // More than there is to scroll: the browser stops at the end by itself.
      element.scrollTop = (end - start + 1) * ROW_HEIGHT;
      return;
    }
    if (moved !== 0) element.scrollTop += moved * ROW_HEIGHT;
    measure();
  }, [scroller, start, end, isPinned, measure]);

  const top = isPinned ? Math.max(0, (end - start) * ROW_HEIGHT - place.height) : place.top;
  const first = Math.max(start, start + Math.floor(top / ROW_HEIGHT) - OVERSCAN);
  const last = Math.min(end, start + Math.ceil((top + place.height) / ROW_HEIGHT) + OVERSCAN);
  return {
    first,
    last,
    atEnd,
    unseen: atEnd ? 0 : Math.max(0, end - seenEnd),
    atStart: top < ROW_HEIGHT * 20,
    settle,
    onScroll: measure,
    scrollToEnd: useCallback(() => {
      const element = scroller.current;
      if (element !== null) element.scrollTop = element.scrollHeight;
      setAtEnd(true);
    }, [scroller]),
    reveal: useCallback(
      (position: number) => {
        const element = scroller.current;
        if (element === null) return;
        const top = (position - start) * ROW_HEIGHT;
        if (top < element.scrollTop) element.scrollTop = top;
        else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
          element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
        }
      },
      [scroller, start],
    ),
  };
}
