/** Alerts: a call that matches a filter is told to an address, in words. */

import { z } from 'zod';
import { Query } from './scalars.ts';

export const WebhookName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, dashes and underscores');

export const Webhook = z
  .object({
    name: WebhookName,
    url: z.url({ protocol: /^https?$/ }).max(2048),
    filter: Query,
    /** Text with `{{.path.of.a.field}}` of the entry: `{{.src.name}} → {{.dst.name}}: {{.response.status}}`. */
    message: z.string().max(4096),
    /** Messages a minute; what comes beyond is counted and told in one line. */
    perMinute: z.number().int().min(1).max(600).default(30),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof Webhook>;

export const WebhookState = z.object({
  delivered: z.number(),
  /** Given up after the last try. */
  failed: z.number(),
  /** Not sent because of `perMinute` or a full queue. */
  suppressed: z.number(),
  lastError: z.string().optional(),
});
export type WebhookState = z.infer<typeof WebhookState>;

export const Webhooks = z
  .object({ webhooks: z.array(Webhook.extend({ state: WebhookState })) })
  .meta({ id: 'Webhooks' });
export type Webhooks = z.infer<typeof Webhooks>;
