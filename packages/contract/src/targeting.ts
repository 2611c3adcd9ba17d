/** Whose traffic is captured: the chart's `tap.*` values of the user guide, and what the settings page changes. */

import { z } from 'zod';

/** A DNS label (RFC 1123): what a namespace may be called. */
export const Namespace = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a namespace is a DNS label');

/** What is empty leaves nobody out; what is there must all be true of a pod. */
export const Targeting = z
  .object({
    namespaces: z.array(Namespace).max(500).default([]),
    excludedNamespaces: z.array(Namespace).max(500).default([]),
    /** RE2, found anywhere in the pod's name. */
    regex: z.string().max(1024).default(''),
    /** As for `kubectl -l`: `app=cart,tier in (web, api),!canary`. */
    labelSelector: z.string().max(4096).default(''),
    /** `cart` or `shop/cart`. */
    services: z
      .array(z.string().regex(/^([-a-z0-9.]+\/)?[-a-z0-9.]+$/, 'a service is a name, or namespace/name'))
      .max(500)
      .default([]),
    /** Nothing is captured until it is false again; agents stay connected. */
    paused: z.boolean().default(false),
  })
  .meta({ id: 'Targeting' });
export type Targeting = z.infer<typeof Targeting>;

/** How the hub stands with the cluster, and what its targets are. */
export const ClusterInfo = z
  .object({
    /** False outside of a cluster: everything of this machine is captured. */
    isCluster: z.boolean(),
    kinds: z.array(
      z.object({
        kind: z.string(),
        state: z.enum(['starting', 'synced', 'denied', 'failed']),
        reason: z.string().optional(),
      }),
    ),
    namespaces: z.array(z.string()),
    pods: z.number(),
    services: z.number(),
    nodes: z.number(),
    /** Pods that are captured now, and how many more match but cannot be told apart, being on their node's network. */
    targets: z.object({ pods: z.number(), hostNetwork: z.number() }),
    /** Requests to the API server since the hub started. */
    requests: z.object({ lists: z.number(), watches: z.number() }),
  })
  .meta({ id: 'ClusterInfo' });
export type ClusterInfo = z.infer<typeof ClusterInfo>;
