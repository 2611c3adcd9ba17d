/** Who did what. */

import { z } from 'zod';
import { count } from './scalars.ts';

export const AuditEvent = z
  .object({
    /** Microseconds. */
    at: z.number(),
    user: z.string(),
    /** `entry.read`, `settings.change`, `webhook.save`, … */
    action: z.string(),
    /** What it was done to: an id or a name. */
    target: z.string(),
    requestId: z.string(),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof AuditEvent>;

/** Newest first. */
export const AuditLog = z.object({ events: z.array(AuditEvent) }).meta({ id: 'AuditLog' });

export const AuditQuery = z.object({ limit: count(1, 1000).default(100) });
