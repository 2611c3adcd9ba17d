import { useSyncExternalStore } from 'react';
import { useHub } from './context.ts';
import type { FeedSnapshot } from './feed.ts';

/**
 * A part of what the feed says. At full rate it changes twenty times a second: a component that reads less than all of it
 * is drawn again only when its part has changed. `select` must give a plain value or the same object again.
 */
export function useFeed<T>(select: (snapshot: FeedSnapshot) => T): T {
  const { feed } = useHub();
  return useSyncExternalStore(feed.subscribe, () => select(feed.snapshot()));
}
