/** The pages and their addresses; each page but Traffic is its own chunk. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { basePath } from '../api/api.ts';
import { TrafficPage } from '../features/traffic/traffic-page.tsx';
import { parseSearch, patchSearch, readSearch, type Search, writeSearch } from '../lib/search.ts';
import { Pane } from '../ui/pane.tsx';
import type { PageName, PageProps } from '../ui/view.ts';
import { Shell } from './shell.tsx';

const root = createRootRoute({ validateSearch: readSearch, component: Shell });

/** Gives a page its part of the address. */
function pageRoute(name: PageName, Page: ComponentType<PageProps>) {
  const route = createRoute({
    getParentRoute: () => root,
    path: `/${name}`,
    component: function PageRoute() {
      const search = root.useSearch();
      const navigate = root.useNavigate();
      const onSearch: PageProps['onSearch'] = (patch, replace = false) => {
        void navigate({ to: `/${name}`, search: (before: Search) => patchSearch(before, patch), replace });
      };
      return (
        <Pane name={`the ${name} page`}>
          <Page search={search} onSearch={onSearch} />
        </Pane>
      );
    },
  });
  return route;
}

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/traffic', search: true });
  },
});

const routeTree = root.addChildren([
  index,
  pageRoute('traffic', TrafficPage),
  pageRoute(
    'map',
    lazyRouteComponent(() => import('../features/map/map-page.tsx'), 'MapPage'),
  ),
  pageRoute(
    'dashboard',
    lazyRouteComponent(() => import('../features/dashboard/dashboard-page.tsx'), 'DashboardPage'),
  ),
  pageRoute(
    'queries',
    lazyRouteComponent(() => import('../features/queries/queries-page.tsx'), 'QueriesPage'),
  ),
  pageRoute(
    'recordings',
    lazyRouteComponent(() => import('../features/recordings/recordings-page.tsx'), 'RecordingsPage'),
  ),
  pageRoute(
    'settings',
    lazyRouteComponent(() => import('../features/settings/settings-page.tsx'), 'SettingsPage'),
  ),
]);

export function createAppRouter() {
  return createRouter({
    routeTree,
    basepath: basePath() || '/',
    parseSearch: (text) => parseSearch(text.replace(/^\?/, '')),
    stringifySearch: writeSearch,
    defaultPreload: 'intent',
  });
}
