/** Who is asking and what they may do. */

import { z } from 'zod';
import { Query } from './scalars.ts';
import { Namespace } from './targeting.ts';

/** `payloads`: headers and bodies. `raw`: packets. `change`: settings, saved queries, webhooks. */
export const Capability = z.enum(['read', 'payloads', 'export', 'raw', 'replay', 'record', 'change', 'audit']);
export type Capability = z.infer<typeof Capability>;

export const Role = z.enum(['viewer', 'analyst', 'admin']);
export type Role = z.infer<typeof Role>;

/** What a role may do. Raw packets and exports carry payloads; replaying sends requests into the cluster. */
export const roleCapabilities: Readonly<Record<Role, readonly Capability[]>> = {
  viewer: ['read'],
  analyst: ['read', 'payloads', 'export', 'raw', 'record'],
  admin: Capability.options,
};

/** Whom a rule is about and what they may see and do. */
export const AccessRule = z
  .strictObject({
    /** `*`: everybody who is signed in. */
    group: z.string().min(1).optional(),
    user: z.string().min(1).optional(),
    role: Role,
    /** Only calls with an end in one of these; absent means all. */
    namespaces: z.array(Namespace).min(1).max(200).optional(),
    /** Only calls that match this KFL, whatever is asked for. */
    filter: Query.optional(),
  })
  .refine(({ group, user }) => (group === undefined) !== (user === undefined), 'a rule names a group or a user');
export type AccessRule = z.infer<typeof AccessRule>;

/** Who may do what: the first rule that a person fits decides. */
export const AccessRules = z.strictObject({
  rules: z.array(AccessRule).max(1000).default([]),
  /** Role of whoever reaches the hub from its own machine or pod (a port-forward); `none` turns them away. */
  loopback: z.union([Role, z.literal('none')]).default('viewer'),
  /** Whether `/metrics` answers whoever reaches the hub without the proxy, as Prometheus does. */
  metrics: z.enum(['open', 'closed']).default('open'),
});
export type AccessRules = z.infer<typeof AccessRules>;

export const Me = z
  .object({
    user: z.string(),
    name: z.string().optional(),
    email: z.string().optional(),
    groups: z.array(z.string()),
    role: Role,
    capabilities: z.array(Capability),
    /** What every read is narrowed to; absent when nothing is hidden. */
    scope: Query.optional(),
    /** `none`: access control is off, everybody on this address is admin (a laptop). `loopback`: a port-forward. */
    source: z.enum(['none', 'proxy', 'loopback']),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;
