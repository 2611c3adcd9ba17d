/** The hub that is asked without --hub: of the environment, of the configuration file, or where `kubeshark serve` listens. */

import { readConfigFile } from './config-file.ts';

const LOCAL_HUB = 'http://127.0.0.1:8899';

export const DEFAULT_HUB = process.env['KUBESHARK_HUB'] || ((await readConfigFile()).hub ?? LOCAL_HUB);
