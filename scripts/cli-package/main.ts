/** The entry of the packaged command: what an older Node lacks comes first. */

import './older-node.ts';

await import('../../apps/cli/src/main.ts');
