/** Headers of a message: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-4.md */

import type { Headers } from '@kubeshark/model';

/** Headers kept of one message; tracing and JetStream add a handful. */
export const MAX_HEADERS = 64;
const VERSION = 'NATS/1.0';

export interface NatsHeaders {
  readonly headers: Headers;
  /** `503` and `No Responders` of a message that is a status of the server. */
  readonly status: number | undefined;
  readonly description: string | undefined;
}

/** Undefined when the bytes are no headers. */
export function headersIn(bytes: Uint8Array): NatsHeaders | undefined {
  const [first = '', ...lines] = Buffer.from(bytes).toString('utf8').split('\r\n');
  if (!first.startsWith(VERSION)) return undefined;
  const [, code, description] = /^\s+(\d{3})(?:\s+(.*))?$/.exec(first.slice(VERSION.length)) ?? [];
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const known = headers.get(name);
    if (known !== undefined) known.push(line.slice(colon + 1).trim());
    else if (headers.size < MAX_HEADERS) headers.set(name, [line.slice(colon + 1).trim()]);
  }
  return {
    headers: Object.fromEntries(
      [...headers].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
    ),
    status: code === undefined ? undefined : Number(code),
    description,
  };
}
