/** What the configuration file may hold. */

import { z } from 'zod';

/** Strict: a key that is misspelled must not be passed over in silence. */
export const ConfigFile = z.strictObject({
  /** The hub that commands ask without --hub. */
  hub: z.url({ protocol: /^https?$/ }).optional(),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
export const configKeys = Object.keys(ConfigFile.shape) as readonly (keyof ConfigFile)[];
