/** Who is asking and what they may do. */

import { z } from 'zod';

/** `payloads`: headers and bodies. `raw`: packets. `change`: settings, saved queries, webhooks. */
export const Capability = z.enum(['read', 'payloads', 'export', 'raw', 'replay', 'record', 'change', 'audit']);
export type Capability = z.infer<typeof Capability>;

export const Role = z.enum(['viewer', 'analyst', 'admin']);
export type Role = z.infer<typeof Role>;

export const Me = z
  .object({
    user: z.string(),
    name: z.string().optional(),
    email: z.string().optional(),
    groups: z.array(z.string()),
    role: Role,
    capabilities: z.array(Capability),
    /** `none`: access control is off, everybody on this address is admin (a laptop). */
    source: z.enum(['none', 'proxy', 'token']),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;
