import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test, vi } from 'vitest';
import { useStop } from '../api/use-stop.ts';
import { Waiting } from './waiting.tsx';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

function Page({ asked }: { readonly asked: AbortSignal[] }) {
  const queryKey = ['slow'];
  const stop = useStop(queryKey);
  useQuery({
    queryKey,
    enabled: !stop.isStopped,
    queryFn: ({ signal }) => {
      asked.push(signal);
      return new Promise(() => undefined);
    },
  });
  return <Waiting title="Counting …" {...stop} />;
}

test('a question that takes long can be stopped, and is asked again when it is wanted after all', async () => {
  vi.useFakeTimers();
  const asked: AbortSignal[] = [];
  const host = document.createElement('div');
  document.body.append(host);
  const root = createRoot(host);
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <MantineProvider>
          <Page asked={asked} />
        </MantineProvider>
      </QueryClientProvider>,
    ),
  );
  expect(host.querySelector('button'), 'a fast answer needs no way out').toBeNull();
  await act(() => vi.advanceTimersByTimeAsync(3000));
  expect(host.textContent).toContain('3 s');
  await act(async () => host.querySelector('button')?.click());
  expect([asked.length, asked[0]?.aborted, host.textContent?.includes('Stopped')]).toEqual([1, true, true]);
  await act(async () => host.querySelector('button')?.click());
  expect([asked.length, host.textContent?.includes('Counting')]).toEqual([2, true]);
  await act(async () => root.unmount());
  vi.useRealTimers();
});
