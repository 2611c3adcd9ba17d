/** Trace ids in headers of calls and of messages, the most standard one first. */

interface Fields {
  first(name: string): string | undefined;
}

/** Where a `traceparent` has its dashes: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 */
const VERSION_END = 2;
const TRACE_END = 35;
const PARENT_END = 52;
const DASH = 45;
const ZERO = 48;
const B3 = /^([0-9a-f]{16,32})-[0-9a-f]{16}/i; // 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1

/** The fields that may carry a trace id, in lower case. */
const FIELDS: ReadonlySet<string> = new Set(['traceparent', 'b3', 'x-b3-traceid', 'sw8', 'x-request-id']);

export const isTraceField = (lower: string): boolean => FIELDS.has(lower);

/** W3C Trace Context, B3 single and multi, SkyWalking 8, then the request id many proxies set. */
export function traceIdOf(fields: Fields): string | undefined {
  const w3c = w3cTraceId(fields.first('traceparent') ?? '');
  if (w3c !== undefined) return w3c;
  const single = B3.exec(fields.first('b3') ?? '')?.[1];
  if (single !== undefined) return single.toLowerCase();
  const multiple = fields.first('x-b3-traceid');
  if (multiple !== undefined && /^[0-9a-f]{16,32}$/i.test(multiple)) return multiple.toLowerCase();
  return skyWalkingId(fields.first('sw8')) ?? fields.first('x-request-id');
}

/** The second part, unless it is all zeros (W3C Trace Context §3.2.2). Without a pattern: many calls have one. */
function w3cTraceId(traceparent: string): string | undefined {
  if (traceparent.length <= PARENT_END) return undefined;
  let digits = 0;
  for (let i = 0; i <= PARENT_END; i++) {
    const code = traceparent.charCodeAt(i);
    const isEnd = i === VERSION_END || i === TRACE_END || i === PARENT_END;
    if (isEnd ? code !== DASH : !isHexDigit(code)) return undefined;
    if (i > VERSION_END && i < TRACE_END) digits |= code ^ ZERO;
  }
  return digits === 0 ? undefined : traceparent.slice(VERSION_END + 1, TRACE_END).toLowerCase();
}

function isHexDigit(code: number): boolean {
  const lower = code | 0x20;
  return (code >= ZERO && code <= 57) || (lower >= 97 && lower <= 102);
}

/** `sample-traceId-segmentId-…`, the ids in base64 (SkyWalking Cross Process Propagation Headers v3). */
function skyWalkingId(sw8: string | undefined): string | undefined {
  const encoded = sw8?.split('-')[1];
  if (encoded === undefined || !/^[A-Za-z0-9+/]+=*$/.test(encoded)) return undefined;
  return Buffer.from(encoded, 'base64').toString('utf8');
}
