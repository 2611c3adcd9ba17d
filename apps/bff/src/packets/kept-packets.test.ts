import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { AgentRegistry, noCounters } from '../ingest/agent-registry.ts';
import { keptByAgents, packetsOutlook } from './kept-packets.ts';
import { PacketAsker } from './packet-asker.ts';

const entry = anHttpEntry(0);
const hello = {
  type: 'hello' as const,
  linkVersion: 1,
  version: '0.0.0-test',
  node: entry.node,
  instance: 'one',
  source: { kind: 'live' as const, name: 'any' },
};

/** The registry with one agent of the entry's node. */
async function withAgent(counters: object, change: object = {}): Promise<AgentRegistry> {
  const documents = { read: async () => ({}), update: async (_: unknown, make: (value: object) => object) => make({}) };
  const agents = await AgentRegistry.open(documents as never);
  const agent = await agents.enter(hello, Date.now() * 1000);
  if (agent === undefined) throw new Error('the node is free');
  agent.counters = { ...noCounters, ...counters };
  agent.packets = new PacketAsker(() => undefined);
  Object.assign(agent, change);
  return agents;
}

test.each([
  ['an agent whose ring reaches back to the call', { ringBytes: 1, ringSince: entry.timestamp }, {}, entry.node],
  ['an agent that has not told yet what its ring holds', { ringBytes: 0, ringSince: null }, {}, entry.node],
  [
    'a ring that is younger than the call',
    { ringBytes: 1, ringSince: entry.timestamp + 1 },
    {},
    /does not keep packets as old/,
  ],
  ['an agent that keeps none', {}, {}, /^no node keeps packets: set tap.ring.bytes/],
  ['an agent that is away', { ringBytes: 1, ringSince: 1 }, { connected: false, packets: undefined }, /is away$/],
] as const)('%s', async (_name, counters, change, expected) => {
  const source = keptByAgents(await withAgent(counters, change)).sourceOf(entry);
  expect(typeof source === 'string' ? source : source.name).toEqual(
    typeof expected === 'string' ? expected : expect.stringMatching(expected),
  );
});

test('calls of a node without an agent here have no packets', async () => {
  const kept = keptByAgents(await withAgent({ ringBytes: 1, ringSince: 1 }));
  expect(kept.sourceOf({ ...entry, node: 'elsewhere' })).toContain('elsewhere keeps no packets');
});

test('the outlook says whose packets there would be, and why not', async () => {
  const keeping = await withAgent({ ringBytes: 5, ringSince: 7 });
  const kept = [{ node: entry.node, since: 7, bytes: 5 }];
  expect(packetsOutlook(keeping, true)).toEqual({ kept, without: [] });
  expect(packetsOutlook(keeping, false)).toEqual({ kept, without: [], reason: expect.stringContaining('may not see') });
  const none = packetsOutlook(await withAgent({}), true);
  expect(none).toMatchObject({ kept: [], without: [entry.node], reason: expect.stringContaining('no node keeps') });
});
