/** Everything above the pages: theme, server state, notifications, router. */

import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ApiError } from '../api/api.ts';
import { type Hub, HubProvider } from '../api/context.ts';
import { cssVariablesResolver, theme } from '../ui/theme.ts';
import { createAppRouter } from './routes.tsx';

const Notifications = lazy(async () => ({ default: (await import('@mantine/notifications')).Notifications }));

const schemes = localStorageColorSchemeManager({ key: 'kubeshark.theme' });

/** A failure the hub has explained will not go away by asking again. */
const retry = (count: number, error: Error): boolean =>
  count < 2 && !(error instanceof ApiError && error.code !== 'UNREACHABLE' && error.code !== 'KS_STORE_UNAVAILABLE');

export function App({ hub }: { readonly hub: Hub }) {
  const [router] = useState(createAppRouter);
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry, staleTime: 1000, refetchOnWindowFocus: false } } }),
  );
  useEffect(
    () =>
      hub.feed.onAmended((ids) => {
        for (const id of ids) void client.invalidateQueries({ queryKey: ['entry', id] });
      }),
    [hub, client],
  );
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={client}>
        <HubProvider value={hub}>
          <Suspense>
            <Notifications position="bottom-right" limit={4} />
          </Suspense>
          <RouterProvider router={router} />
        </HubProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
