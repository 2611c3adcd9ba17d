/** Query, time and health: the same on every page that shows data. */

import { Title } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Search } from '../lib/search.ts';
import { HealthIndicator } from './health-indicator.tsx';
import type { PageRow } from './pages.ts';
import { QueryBar } from './query-bar.tsx';
import { TimeRangeMenu } from './time-range-menu.tsx';
import classes from './top-bar.module.css';
import { WhoAmI } from './who-am-i.tsx';

const SourceBadge = lazy(async () => ({
  default: (await import('../features/recordings/source-badge.tsx')).SourceBadge,
}));
const RecordButton = lazy(async () => ({
  default: (await import('../features/recordings/record-button.tsx')).RecordButton,
}));

export function TopBar({ page }: { readonly page: PageRow }) {
  const search: Search = useSearch({ strict: false });
  return (
    <header className={classes['bar']}>
      <Title order={1} className={page.isData ? classes['hidden'] : classes['title']}>
        {page.title}
      </Title>
      {search.s !== undefined && (
        <Suspense>
          <SourceBadge id={search.s} />
        </Suspense>
      )}
      {page.isData ? <QueryBar /> : <div className={classes['fill']} />}
      {page.isData && search.s === undefined && (
        <Suspense>
          <RecordButton />
        </Suspense>
      )}
      {page.isData && <TimeRangeMenu />}
      <HealthIndicator />
      <WhoAmI />
    </header>
  );
}
