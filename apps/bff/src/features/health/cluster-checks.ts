/** What can be amiss between the hub, its cluster and the agents on its nodes. */

import type { Check, Targeting } from '@kubeshark/contract';
import type { Agent } from '../../ingest/agent-registry.ts';
import type { KindState } from '../../kubernetes/cluster.ts';
import { amiss, counted, type Finding, ok, unknown } from './finding.ts';

export interface ClusterFindings {
  readonly kinds: readonly KindState[];
  /** Verbs and kinds the API server says the hub's account may not: `list nodes`; undefined when it did not say. */
  readonly forbidden: readonly string[] | undefined;
  /** Agents the daemon set wants; undefined when it could not be asked. */
  readonly wantedAgents: number | undefined;
  /** Pods of agents: where each is, and why it does not run. */
  readonly agentPods: readonly {
    readonly name: string;
    readonly node: string | undefined;
    readonly trouble: string | undefined;
  }[];
  /** Nodes with an agent beside the one that captures. */
  readonly turnedAway: readonly string[];
  readonly targeting: Targeting;
  readonly isEverything: boolean;
  readonly targets: { readonly pods: number; readonly hostNetwork: number };
  readonly namespaces: readonly string[];
}

/** Names of a list; the rest as a number. */
function few(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

const isLive = ({ connected, source }: Agent) => connected && source.kind === 'live';

function everyNode({ wantedAgents, agentPods }: ClusterFindings, agents: readonly Agent[]): Finding {
  const nodes = new Set(agents.filter(isLive).map(({ node }) => node));
  const wanted = wantedAgents ?? (agentPods.length > 0 ? agentPods.length : undefined);
  if (wanted === undefined)
    return unknown(`${counted(nodes.size, 'node')} with an agent; how many there should be is not known`);
  const evidence = `${nodes.size} of ${counted(wanted, 'agent')} connected`;
  const absent = agentPods.filter(({ node }) => node === undefined || !nodes.has(node));
  if (nodes.size >= wanted) return ok(evidence);
  const reasons = absent.map(
    ({ name, node, trouble }) => `${node ?? name}${trouble === undefined ? '' : ` (${trouble})`}`,
  );
  return amiss(
    nodes.size === 0 ? 'failed' : 'warning',
    reasons.length === 0 ? evidence : `${evidence}; none from ${few(reasons)}`,
    'kubectl get pods -n kubeshark -l app=kubeshark-tap -o wide; then kubectl logs -n kubeshark -l app=kubeshark-tap',
  );
}

function oneEach({ turnedAway }: ClusterFindings, agents: readonly Agent[]): Finding {
  const byNode = Map.groupBy(agents.filter(isLive), ({ node }) => node);
  const several = [...byNode].filter(([, those]) => those.length > 1).map(([node]) => node);
  const evidence = [
    ...(several.length > 0 ? [`several agents capture on ${few(several)}: calls may be seen twice`] : []),
    ...(turnedAway.length > 0 ? [`a second agent on ${few(turnedAway)} is turned away`] : []),
  ];
  if (evidence.length === 0) return ok('one agent a node');
  return amiss(
    'warning',
    evidence.join('; '),
    'Remove a second installation: kubectl get pods -A -l app=kubeshark-tap',
  );
}

function rights({ kinds, forbidden }: ClusterFindings): Finding {
  const denied = kinds.filter(({ state }) => state === 'denied').map(({ kind }) => kind);
  const missing = forbidden ?? denied.map((kind) => `list ${kind}`);
  if (missing.length === 0) return ok('the service account may list and watch what names are made of');
  return amiss(
    missing.some((right) => / (pods|services)$/.test(right)) ? 'failed' : 'warning',
    `the service account may not: ${few(missing, 8)}`,
    'Install the chart’s roles (rbac.scope, rbac.namespaces). To check: kubectl auth can-i list pods --as=system:serviceaccount:kubeshark:kubeshark -n default',
  );
}

function names({ kinds }: ClusterFindings): Finding {
  const failed = kinds.filter(({ state }) => state === 'failed');
  if (failed.length > 0)
    return amiss(
      'warning',
      `${few(failed.map(({ kind }) => kind))} cannot be watched: ${failed[0]?.reason ?? 'no answer'}`,
      'Names are those of before until the API server answers again; it is asked at least once a minute.',
    );
  const starting = kinds.filter(({ state }) => state === 'starting');
  if (starting.length > 0) return unknown(`${few(starting.map(({ kind }) => kind))} are being listed`);
  return ok('names are up to date');
}

function targets({ targeting, isEverything, targets: found, namespaces }: ClusterFindings): Finding {
  if (targeting.paused) return amiss('failed', 'capture is paused', 'Resume it: Settings → What is captured.');
  if (isEverything) return ok('every pod is a target');
  const absent = targeting.namespaces.filter((name) => namespaces.length > 0 && !namespaces.includes(name));
  const evidence = `${counted(found.pods, 'pod')} match${found.pods === 1 ? 'es' : ''} the targets`;
  if (found.pods > 0 && absent.length === 0) return ok(evidence);
  const why = [
    ...(absent.length > 0 ? [`there is no namespace ${few(absent)}`] : []),
    ...(found.pods === 0 && found.hostNetwork > 0
      ? [`${counted(found.hostNetwork, 'pod')} on the host’s network would match and cannot be told from their node`]
      : []),
  ];
  return amiss(
    found.pods === 0 ? 'failed' : 'warning',
    [evidence, ...why].join('; '),
    'Loosen namespaces, pattern, labels or services: Settings → What is captured.',
  );
}

const rows = [
  ['every-node', 'Every node has an agent', everyNode],
  ['one-agent', 'No node has two agents', oneEach],
  ['targets', 'The targets are there', targets],
  ['rights', 'The hub may read what names are made of', rights],
  ['names', 'Pods and services have names', names],
] as const;

export const clusterChecks = (findings: ClusterFindings, agents: readonly Agent[]): readonly Check[] =>
  rows.map(([id, title, look]) => ({ id, title, ...look(findings, agents) }));
