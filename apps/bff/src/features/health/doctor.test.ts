import { IngestHealth, StoreHealth } from '@kubeshark/contract';
import { expect, test } from 'vitest';
import { noCounters } from '../../ingest/agent-registry.ts';
import { examine } from './doctor.ts';

const store = StoreHealth.parse({
  engine: 'embedded',
  state: 'ok',
  entries: 1,
  bytes: 1,
  oldest: null,
  newest: null,
  retired: 0,
});

test.each([
  ['joined with the first', { joined: 3 }, 'ok', '3 further sightings of calls joined with the first'],
  ['listed by themselves', { unjoined: 1 }, 'warning', '1 sighting listed by itself'],
  ['too late', { leftOut: 1200 }, 'warning', '1,200 late sightings left out'],
  ['both', { unjoined: 2, leftOut: 1 }, 'warning', '2 sightings listed by themselves, 1 late sighting left out'],
] as const)('sightings that are %s', (_, counted, state, evidence) => {
  const ingest = IngestHealth.parse({ received: 9, stored: 9, refused: {}, duplicates: 0, ...counted });
  const { checks } = examine({ agents: [], total: noCounters, store, ingest, view: undefined, nowMicros: 0 });
  expect(checks.find(({ id }) => id === 'sightings')).toMatchObject({ state, evidence });
});
