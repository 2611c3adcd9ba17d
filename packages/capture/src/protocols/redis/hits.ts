/** Which reads can miss, and whether one did: the guide's `redis.command == 'GET' and not redis.hit`. */

import type { JsonValue } from '@kubeshark/model';

/** A nil reply is a miss. */
const nilMisses = new Set(
  'GET GETEX GETDEL HGET LINDEX LPOP RPOP SPOP ZSCORE ZRANK ZREVRANK GEODIST JSON.GET DUMP'.split(' '),
);
/** A list with a nil in it is a miss: not everything asked for was there. */
const anyNilMisses = new Set(['MGET', 'HMGET', 'ZMSCORE', 'JSON.MGET', 'GEOPOS']);
/** An empty list or map is a miss: the key is not there. */
const emptyMisses = new Set(['HGETALL', 'HKEYS', 'HVALS', 'SMEMBERS', 'LRANGE', 'ZRANGE', 'XRANGE', 'HGETDEL']);
/** Zero is a miss. */
const zeroMisses = new Set(['EXISTS', 'HEXISTS', 'SISMEMBER', 'STRLEN', 'LLEN', 'HLEN', 'SCARD', 'ZCARD']);

/** What a reply must be to be a miss; null for commands that cannot miss. */
export function missOf(name: string): 'nil' | 'any nil' | 'empty' | 'zero' | null {
  if (nilMisses.has(name)) return 'nil';
  if (anyNilMisses.has(name)) return 'any nil';
  if (emptyMisses.has(name)) return 'empty';
  return zeroMisses.has(name) ? 'zero' : null;
}

/** True for a hit, false for a miss, undefined for commands that cannot miss. */
export function hitOf(name: string, reply: JsonValue): boolean | undefined {
  switch (missOf(name)) {
    case 'nil':
      return reply !== null;
    case 'any nil':
      return Array.isArray(reply) && !reply.includes(null);
    case 'empty':
      return reply !== null && (Array.isArray(reply) ? reply.length : Object.keys(reply as object).length) > 0;
    case 'zero':
      return reply !== 0;
    default:
      return undefined;
  }
}
