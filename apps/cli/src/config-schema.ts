/** What the configuration file may hold. */

import { z } from 'zod';

/** Strict: a key that is misspelled must not be passed over in silence. */
export const ConfigFile = z.strictObject({
  /** The hub that commands ask without --hub. */
  hub: z.url({ protocol: /^https?$/ }).optional(),
  /** The cluster whose hub is looked for where none is named and none is here. */
  kube: z
    .strictObject({
      context: z.string().min(1).optional(),
      namespace: z.string().min(1).optional(),
      /** Whether it is looked for at all. */
      forward: z.boolean().optional(),
    })
    .optional(),
  /** The chart's values, as for --set; they are looked at there. */
  tap: z.record(z.string(), z.unknown()).optional(),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
