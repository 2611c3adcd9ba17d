/** How much there is, to the last call: what is shown, what matched, what was seen; and whether anything was left out. */

import { useSyncExternalStore } from 'react';
import { useHub } from '../../api/context.ts';
import { formatClock, formatCount } from '../../lib/format.ts';
import { isFollowing } from '../../lib/time-range.ts';
import { useView } from '../../ui/view.ts';
import { columnOf } from './list/columns.ts';
import type { Sort } from './list/sorted-rows.ts';
import classes from './traffic-page.module.css';

interface CountsBarProps {
  readonly sort: Sort | null;
}

export function CountsBar({ sort }: CountsBarProps) {
  const { feed } = useHub();
  const { range } = useView();
  const { counts, mode, paused, hasOlder, gap, loading, searched, isStopped } = useSyncExternalStore(
    feed.subscribe,
    feed.snapshot,
  );
  const shown = feed.rows.size;
  return (
    <div className={classes['counts']} role="status" aria-label="Counts">
      <span>
        <strong>{formatCount(shown)}</strong> shown{hasOlder ? ', older ones above' : ''}
      </span>
      {isFollowing(range) && (
        <>
          <span>
            <strong>{formatCount(counts.matched)}</strong> matched
          </span>
          <span>
            <strong>{formatCount(counts.seen)}</strong> seen since you came
          </span>
        </>
      )}
      {paused && <span className={classes['sampled']}>Paused: the list stands still, counting goes on</span>}
      {!paused && counts.skipped > 0 && (
        <span className={classes['sampled']}>
          {formatCount(counts.skipped)} not listed
          {mode === 'sampled' ? ' (faster than this page can draw: a sample is shown)' : ''}
        </span>
      )}
      {gap && (
        <span className={classes['sampled']}>
          The connection broke for a while: choose a time range to see all of it
        </span>
      )}
      {sort !== null && <span>Sorted by {columnOf(sort.column).title.toLowerCase()}: the listed calls only</span>}
      <span className={classes['spacer']} />
      {loading !== null && (
        <>
          <span>
            {loading === 'first' ? 'Reading' : 'Reading older calls'} …{' '}
            {searched !== null && searched.back !== null && `back to ${formatClock(searched.back)}`}
          </span>
          <button type="button" className={classes['search']} onClick={() => feed.stopSearch()}>
            Stop
          </button>
        </>
      )}
      {isStopped && (
        <>
          <span>
            Stopped
            {searched !== null &&
              searched.back !== null &&
              `: older than ${formatClock(searched.back)} was not looked at`}
          </span>
          <button type="button" className={classes['search']} onClick={() => feed.goOn()}>
            Go on
          </button>
        </>
      )}
    </div>
  );
}
