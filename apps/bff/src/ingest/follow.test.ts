import type { Arrivals, Tail } from '@kubeshark/store';
import { expect, test } from 'vitest';
import { LiveBus } from '../live-bus/live-bus.ts';
import { anEntry } from '../testing/entries.ts';
import { follow } from './follow.ts';

test('what other hubs store reaches the live bus once', async () => {
  const bus = new LiveBus();
  bus.publish([anEntry({ id: '1' })]);
  const answers: Arrivals[] = [
    { entries: [], skipped: 0 },
    { entries: [anEntry({ id: '1' }), anEntry({ id: '2' })], skipped: 0 },
  ];
  const stop = new AbortController();
  const tail: Tail = {
    read: () => {
      const next = answers.shift();
      if (next === undefined) stop.abort();
      return Promise.resolve(next ?? { entries: [], skipped: 0 });
    },
  };
  const seen: string[] = [];
  bus.subscribe((items) => seen.push(...items.map(({ entry }) => entry.id)));
  await follow({ tail, bus, onError: () => expect.unreachable(), signal: stop.signal, everyMillis: 0 });
  expect(seen).toEqual(['2']);
});
