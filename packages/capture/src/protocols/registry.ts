/** The only file that knows every dissector. Order is the order of asking when no port suggests one. */

import type { Dissector } from '../dissect/dissector.ts';
import { dns } from './dns/index.ts';
import { redis } from './redis/index.ts';
import { tls } from './tls/index.ts';

export const dissectors: readonly Dissector[] = [tls, dns, redis];
