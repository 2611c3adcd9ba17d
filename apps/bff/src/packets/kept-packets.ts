/** The packets that the agents of this hub keep: who has those of a call, and why nobody has. */

import type { PacketsOutlook } from '@kubeshark/contract/recordings';
import type { KeptPackets, KeptWanted, PacketSource } from '@kubeshark/recording';
import type { Agent, AgentRegistry } from '../ingest/agent-registry.ts';

const NOBODY_KEEPS =
  'no node keeps packets: set tap.ring.bytes (in a cluster), KUBESHARK_RING_BYTES or serve --keep-packets';

const NOT_SHOWN = 'you may not see raw packets, or see a part of the traffic only';
const NO_AGENT = 'no agent is connected to this hub';

const liveAgents = (agents: AgentRegistry): readonly Agent[] =>
  agents.list(Date.now() * 1000).filter(({ source }) => source.kind === 'live');

/** What packets a recording that is started now would have. */
export function packetsOutlook(agents: AgentRegistry, seesPackets: boolean): PacketsOutlook {
  const connected = liveAgents(agents).filter((agent) => agent.connected);
  const keeping = connected.filter(({ counters }) => counters.ringBytes !== null);
  const without = connected.filter(({ counters }) => counters.ringBytes === null).map(({ node }) => node);
  const kept = keeping.map(({ node, counters }) => ({
    node,
    since: counters.ringSince,
    bytes: counters.ringBytes ?? 0,
  }));
  const nobody = connected.length === 0 ? NO_AGENT : NOBODY_KEEPS;
  const reason = seesPackets ? (kept.length === 0 ? nobody : undefined) : NOT_SHOWN;
  return { kept, without, ...(reason !== undefined && { reason }) };
}

/** Asked anew for each file: agents come and go. `signal` ends what is under way. */
export function keptByAgents(agents: AgentRegistry, signal?: AbortSignal): KeptPackets {
  const live = liveAgents(agents);
  const keeping = live.filter(({ counters }) => counters.ringBytes !== null);
  const byNode = new Map(keeping.map((agent) => [agent.node, { agent, source: sourceOf(agent, signal) }]));
  return {
    sourceOf: ({ node, timestamp }) => {
      if (keeping.length === 0) return live.length === 0 ? NO_AGENT : NOBODY_KEEPS;
      const found = byNode.get(node);
      if (found === undefined) return `${node} keeps no packets, or its agent is with another hub`;
      const { connected, packets, counters } = found.agent;
      if (!connected || packets === undefined) return `the agent of ${node} is away`;
      // What is not known yet, since agents report each second, is asked for: the agent knows what it has.
      if (counters.ringSince !== null && counters.ringSince > timestamp)
        return `${node} does not keep packets as old as some of these calls (tap.ring.bytes)`;
      return found.source;
    },
  };
}

const sourceOf = (agent: Agent, signal: AbortSignal | undefined): PacketSource => ({
  name: agent.node,
  take: async ({ until, connections }: KeptWanted) => {
    if (agent.packets === undefined) throw new Error('the agent has gone');
    const wanted = { until, connections: connections.map(({ id, since }) => ({ id, since })) };
    const { missing, pieces } = await agent.packets.ask(wanted, signal);
    const found = new Set(connections.map(({ id }) => id));
    for (const place of missing) found.delete(connections[place]?.id ?? '');
    return { found, bytes: pieces };
  },
});
