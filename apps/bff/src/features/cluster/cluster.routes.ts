/** What the hub knows of its cluster. */

import { endpoints } from '@kubeshark/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { Targets } from '../../kubernetes/targets.ts';
import { handle } from '../../plugins/endpoint.ts';

export interface ClusterRoutesOptions {
  readonly cluster: Cluster | undefined;
  readonly targets: Targets;
}

const noCounts = { pods: 0, services: 0, nodes: 0 };

export const clusterRoutes: FastifyPluginAsync<ClusterRoutesOptions> = async (app, { cluster, targets }) => {
  handle(app, endpoints.cluster, () => {
    const { pods, services, nodes } = cluster?.names.counts ?? noCounts;
    return {
      isCluster: cluster !== undefined,
      kinds: cluster === undefined ? [] : [...cluster.kinds],
      namespaces: [...(cluster?.names.namespaces ?? [])],
      ...{ pods, services, nodes },
      targets: targets.counts,
      requests: cluster?.requests ?? { lists: 0, watches: 0 },
    };
  });
};
