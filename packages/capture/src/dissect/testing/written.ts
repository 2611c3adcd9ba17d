/** Two implementations of one meaning, held against each other: what a call writes of itself, and what it is described as. */

import { JsonWriter } from '../../json/json-writer.ts';
import type { Exchange, WrittenDescription } from '../dissector.ts';
import { writeMiddle } from '../entry-json.ts';

/** How what `exchange` says of itself in other ways differs from its description: a line each, none where all agree. */
export function misreports(exchange: Exchange): string[] {
  const {
    endpoint,
    errorText,
    method,
    protocols,
    request,
    response,
    summary,
    traceId,
    data = {},
  } = exchange.describe();
  const wrong: string[] = [];
  const compare = (what: string, told: unknown, described: unknown) => {
    if (told !== described) wrong.push(`${what} is ${String(told)}, described as ${String(described)}`);
  };
  if (exchange.endpoint !== undefined) compare('endpoint()', exchange.endpoint(), endpoint);
  const group = exchange.group?.() ?? null;
  if (group !== null) compare('group', group.endpoint, endpoint);
  const written = exchange.written?.() ?? null;
  const texts = written === null ? null : textsOf(exchange, written);
  if (written === null || texts === null) return wrong;
  compare('written endpoint', written.endpoint, endpoint);
  compare('written method', written.method, method);
  compare('written protocols', written.protocols.join(), protocols.join());
  if (exchange.error) compare('written error', written.errorText, errorText);
  compare('written trace', written.traceId, traceId);
  compare('written summary', texts.summary, JSON.stringify(summary));
  compare('written request', texts.request, JSON.stringify(request));
  compare('written response', texts.response, JSON.stringify(response));
  compare('written middle', texts.middle, texts.parts);
  compare('written data', `{${texts.data.slice(1)}}`, JSON.stringify(data));
  return wrong;
}

/** Null where something in the call refuses. */
function textsOf(
  exchange: Exchange,
  written: WrittenDescription,
): Readonly<Record<'summary' | 'request' | 'response' | 'data' | 'parts' | 'middle', string>> | null {
  const json = new JsonWriter();
  const textOf = (write: (json: JsonWriter) => void) => {
    const start = json.length;
    write(json);
    return Buffer.from(json.written().subarray(start)).toString();
  };
  const texts = {
    summary: textOf((to) => written.writeSummary(to)),
    request: textOf((to) => written.writeRequest(to)),
    response: textOf((to) => written.writeResponse(to)),
    data: textOf((to) => written.writeData(to)),
    parts: textOf((to) => writeMiddle(to, exchange, written)),
    middle: textOf((to) => (written.writeMiddle ? written.writeMiddle(to) : writeMiddle(to, exchange, written))),
  };
  return json.isRefused ? null : texts;
}
