/** What of an entry shows no payload: all that somebody without the capability `payloads` may see or ask about. */

import type { Entry, Message } from '@kubeshark/model';

/** Fields of KFL by the beginning of their name. Everything else, each protocol's own fields too, may hold a payload. */
const plainFields: readonly RegExp[] = [
  /^(id|timestamp|node|protocol|protocols|method|endpoint|summary|status|error|latency|traceId)$/,
  /^(namespaces|pods|services)$/,
  /^(src|dst)(\.|$)/,
  /^(connection|capture)(\.|$)/,
  /^request\.(method|path|size)$/,
  /^response\.(status|latency|size)$/,
  /^(request|response)\.body\.(size|mime|truncated)$/,
];

export const isPlainField = (name: string): boolean => plainFields.some((pattern) => pattern.test(name));

function withoutPayload<M extends Message>(message: M | null): M | null {
  if (message === null) return null;
  const { size, method, path, status, latency, body } = message;
  const kept: Record<string, unknown> = { size, method, path, status, latency };
  if (body !== undefined) kept['body'] = { size: body.size, mime: body.mime, truncated: true };
  // JSON leaves out what is undefined.
  return kept as M;
}

/** The entry as somebody sees it who may not see payloads. */
export function withoutPayloads(entry: Entry): Entry {
  const { id, timestamp, node, protocol, protocols, src, dst, method, endpoint, summary, status, error } = entry;
  const { latency, traceId, connection, capture } = entry;
  return {
    ...{ id, timestamp, node, protocol, protocols, src, dst, method, endpoint, summary, status, error, latency },
    request: withoutPayload(entry.request),
    response: withoutPayload(entry.response),
    connection,
    capture,
    ...(traceId !== undefined && { traceId }),
  };
}
