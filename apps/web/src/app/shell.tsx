/** The frame: rail on the left, query and time on top, the page below. */

import { Outlet, useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useHub } from '../api/context.ts';
import { patchSearch, type Search, sharedSearch } from '../lib/search.ts';
import { listenForShortcuts, useShortcuts } from '../lib/shortcuts.ts';
import { formatRange, parseRange } from '../lib/time-range.ts';
import { Pane } from '../ui/pane.tsx';
import { ValueMenu } from '../ui/value-menu.tsx';
import { type PageName, type View, ViewProvider } from '../ui/view.ts';
import { pages } from './pages.ts';
import { Rail } from './rail.tsx';
import classes from './shell.module.css';
import { TopBar } from './top-bar.tsx';

const ShortcutSheet = lazy(async () => ({ default: (await import('./shortcut-sheet.tsx')).ShortcutSheet }));

const FileDrop = lazy(async () => ({ default: (await import('../features/recordings/file-drop.tsx')).FileDrop }));

const CommandPalette = lazy(async () => ({ default: (await import('./command-palette.tsx')).CommandPalette }));

export function Shell() {
  const search: Search = useSearch({ strict: false });
  const location = useLocation();
  const navigate = useNavigate();
  const { feed } = useHub();
  const [sheet, setSheet] = useState(false);
  const [palette, setPalette] = useState(false);
  const query = search.q ?? '';
  // An opened file has no present: all of it is looked at.
  const rangeText = search.t ?? (search.s === undefined ? undefined : 'all');
  const range = useMemo(() => parseRange(rangeText), [rangeText]);

  const change = useCallback(
    (patch: Parameters<View['go']>[1]) => {
      void navigate({ to: '.', search: (before: Search) => patchSearch(before, patch ?? {}) });
    },
    [navigate],
  );
  const go = useCallback<View['go']>(
    (page, patch = {}) => {
      void navigate({ to: `/${page}`, search: (before: Search) => patchSearch(sharedSearch(before), patch) });
    },
    [navigate],
  );
  const view = useMemo<View>(
    () => ({
      query,
      range,
      source: search.s,
      highlight: search.h ?? '',
      apply: (text) => change({ q: text.trim(), e: undefined, c: undefined }),
      setRange: (range) => change({ t: formatRange(range), e: undefined, c: undefined }),
      setHighlight: (text) => change({ h: text.trim() }),
      go,
    }),
    [query, range, search.s, search.h, change, go],
  );

  useEffect(() => {
    feed.open({ query, range: parseRange(rangeText) });
  }, [feed, query, rangeText]);
  useEffect(() => listenForShortcuts(document), []);
  useShortcuts([
    ...pages.map(({ name, title, key }) => ({
      keys: `g ${key}`,
      label: `Go to ${title}`,
      group: 'Anywhere',
      run: () => go(name),
    })),
    { keys: 'mod+k', label: 'Find a command', group: 'Anywhere', inFields: true, run: () => setPalette(true) },
    { keys: '?', label: 'Show the shortcuts', group: 'Anywhere', run: () => setSheet(true) },
  ]);

  const page = pages.find(({ name }) => location.pathname.startsWith(`/${name}`)) ?? pages[0]!;
  useEffect(() => {
    document.title = `${page.title} · Kubeshark`;
  }, [page.title]);

  return (
    <ViewProvider value={view}>
      <div className={classes['shell']}>
        {/* Not a link: the page has a base, and a link to a fragment would lead to the base's own address. */}
        <button type="button" className={classes['skip']} onClick={() => document.getElementById('page')?.focus()}>
          Skip to the page
        </button>
        <Rail current={page.name as PageName} onShortcuts={() => setSheet(true)} />
        <Pane name="the top bar">
          <TopBar page={page} />
        </Pane>
        <main id="page" className={classes['page']} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <ValueMenu />
      <Suspense>
        <FileDrop />
      </Suspense>
      <Suspense>
        {palette && <CommandPalette onShortcuts={() => setSheet(true)} onClose={() => setPalette(false)} />}
      </Suspense>
      <Suspense>{sheet && <ShortcutSheet onClose={() => setSheet(false)} />}</Suspense>
    </ViewProvider>
  );
}
