/** Trace ids in headers of calls and of messages, the most standard one first. */

interface Fields {
  first(name: string): string | undefined;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-/i; // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
const B3 = /^([0-9a-f]{16,32})-[0-9a-f]{16}/i; // 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1

/** The fields that may carry a trace id, in lower case. */
const FIELDS: ReadonlySet<string> = new Set(['traceparent', 'b3', 'x-b3-traceid', 'sw8', 'x-request-id']);

export const isTraceField = (lower: string): boolean => FIELDS.has(lower);

/** W3C Trace Context, B3 single and multi, SkyWalking 8, then the request id many proxies set. */
export function traceIdOf(fields: Fields): string | undefined {
  const traceparent = TRACEPARENT.exec(fields.first('traceparent') ?? '')?.[1];
  if (traceparent !== undefined && !/^0+$/.test(traceparent)) return traceparent.toLowerCase();
  const single = B3.exec(fields.first('b3') ?? '')?.[1];
  if (single !== undefined) return single.toLowerCase();
  const multiple = fields.first('x-b3-traceid');
  if (multiple !== undefined && /^[0-9a-f]{16,32}$/i.test(multiple)) return multiple.toLowerCase();
  return skyWalkingId(fields.first('sw8')) ?? fields.first('x-request-id');
}

/** `sample-traceId-segmentId-…`, the ids in base64 (SkyWalking Cross Process Propagation Headers v3). */
function skyWalkingId(sw8: string | undefined): string | undefined {
  const encoded = sw8?.split('-')[1];
  if (encoded === undefined || !/^[A-Za-z0-9+/]+=*$/.test(encoded)) return undefined;
  return Buffer.from(encoded, 'base64').toString('utf8');
}
