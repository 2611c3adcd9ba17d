import type { Arrivals, Tail } from '@kubeshark/store';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { LiveBus } from '../live-bus/live-bus.ts';
import { follow } from './follow.ts';

test('what other hubs store reaches the live bus once, and what is too much is counted', async () => {
  const bus = new LiveBus();
  bus.publish([anHttpEntry(0, { id: '1' })]);
  const answers: Arrivals[] = [
    { entries: [], skipped: 0 },
    { entries: [anHttpEntry(0, { id: '1' }), anHttpEntry(0, { id: '2' })], skipped: 3 },
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
  let skipped = 0;
  const onSkipped = (count: number) => {
    skipped += count;
  };
  await follow({ tail, bus, onSkipped, onError: () => expect.unreachable(), signal: stop.signal, everyMillis: 0 });
  expect(seen).toEqual(['2']);
  expect(skipped).toBe(3);
});
