/** A Redis call as RESP (redis.io/docs/reference/protocol-spec), version 3 where version 2 has no such type. */

import type { Entry } from '@kubeshark/model';
import type { Payload } from './payload.ts';

interface RedisFacts {
  readonly command?: string;
  readonly args?: readonly unknown[];
  readonly response?: unknown;
}

/** Deeper replies are cut; the parser's own limit is lower. */
const MAX_DEPTH = 32;

export function redisPayload(entry: Entry): Payload {
  const { command = entry.method, args = [], response } = (entry['redis'] ?? {}) as RedisFacts;
  const words = [...command.split(' '), ...args.map(String)];
  return {
    client: entry.request === null ? new Uint8Array(0) : Buffer.from(`*${words.length}\r\n${words.map(bulk).join('')}`),
    server: entry.response === null ? new Uint8Array(0) : Buffer.from(reply(response ?? null, entry.request === null)),
  };
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** A push message has no request before it. */
function reply(value: unknown, isPush: boolean, depth = 0): string {
  if (value === null || value === undefined || depth > MAX_DEPTH) return '$-1\r\n';
  if (typeof value === 'boolean') return `#${value ? 't' : 'f'}\r\n`;
  if (typeof value === 'number') return Number.isInteger(value) ? `:${value}\r\n` : `,${value}\r\n`;
  if (typeof value === 'string') return bulk(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => reply(item, false, depth + 1));
    return `${isPush ? '>' : '*'}${items.length}\r\n${items.join('')}`;
  }
  const { error, ...rest } = value as { error?: unknown };
  if (typeof error === 'string' && Object.keys(rest).length === 0) return `-${error.replace(/[\r\n]/g, ' ')}\r\n`;
  const pairs = Object.entries(value).map(([key, item]) => `${bulk(key)}${reply(item, false, depth + 1)}`);
  return `%${pairs.length}\r\n${pairs.join('')}`;
}
