/** The list over the feed: the only part of the page that is drawn again for every batch of calls. */

import { useMemo } from 'react';
import { useHub } from '../../api/context.ts';
import { useFeed } from '../../api/use-feed.ts';
import { EntryList, type EntryListProps } from './list/entry-list.tsx';
import { rowsAt } from './list/sorted-rows.ts';
import { ListEmpty } from './list-empty.tsx';

type CallListProps = Omit<EntryListProps, 'rows' | 'follows' | 'empty' | 'isLoadingOlder' | 'onNeedOlder'> & {
  /** New calls come by themselves. */
  readonly isLive: boolean;
};

const empty = <ListEmpty />;

export function CallList({ isLive, ...rest }: CallListProps) {
  const { feed } = useHub();
  const version = useFeed((snapshot) => snapshot.version);
  const isLoadingOlder = useFeed(({ loading }) => loading === 'older');
  const { sort } = rest;
  const rows = useMemo(() => rowsAt(feed.rows, version, sort), [feed, sort, version]);
  const onNeedOlder = useMemo(() => () => feed.loadOlder(), [feed]);
  return (
    <EntryList
      {...rest}
      rows={rows}
      follows={isLive && sort === null}
      onNeedOlder={onNeedOlder}
      isLoadingOlder={isLoadingOlder}
      empty={empty}
    />
  );
}
