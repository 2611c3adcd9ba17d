/** Asks the cluster what the checks need to know. */

import type { AgentRegistry } from '../../ingest/agent-registry.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { isEverything } from '../../kubernetes/pod-matcher.ts';
import type { Targets } from '../../kubernetes/targets.ts';
import type { ClusterFindings } from './cluster-checks.ts';

/** The doctor must answer while the API server does not. */
const ASK_MILLIS = 5_000;
/** The chart's label of the agents' pods, and the name of their daemon set. */
const AGENT_APP = 'kubeshark-tap';

export async function clusterFindings(
  cluster: Cluster,
  targets: Targets,
  agents: AgentRegistry,
): Promise<ClusterFindings> {
  const signal = AbortSignal.timeout(ASK_MILLIS);
  const [forbidden, wantedAgents] = await Promise.all([
    cluster.forbidden(signal).catch(() => undefined),
    cluster.wantedPods(AGENT_APP, signal).catch(() => undefined),
  ]);
  const agentPods = [...cluster.names.pods()].filter(({ labels }) => labels['app'] === AGENT_APP);
  return {
    kinds: cluster.kinds,
    forbidden,
    wantedAgents,
    agentPods: agentPods.map(({ name, node, trouble }) => ({ name, node, trouble })),
    turnedAway: agents.turnedAway(Date.now() * 1000),
    targeting: targets.wanted,
    isEverything: isEverything(targets.wanted),
    targets: targets.counts,
    namespaces: cluster.names.namespaces,
  };
}
