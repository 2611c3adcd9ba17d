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
  const texts = written === null ? null : textsOf(exchange);
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
): Readonly<Record<'summary' | 'request' | 'response' | 'data' | 'parts' | 'middle', string>> | null {
  const json = new JsonWriter();
  const textOf = (written: WrittenDescription | null, write: (written: WrittenDescription) => void) => {
    const start = json.length;
    if (written !== null) write(written);
    return Buffer.from(json.written().subarray(start)).toString();
  };
  // Each as an entry is written: from the beginning, in this order.
  const begin = () => exchange.written?.() ?? null;
  const parts = textOf(begin(), (written) => writeMiddle(json, exchange, written));
  const middle = textOf(begin(), (written) => {
    if (written.writeMiddle === undefined) writeMiddle(json, exchange, written);
    else written.writeMiddle(json);
  });
  const call = begin();
  const texts = {
    parts,
    middle,
    request: textOf(call, (written) => written.writeRequest(json)),
    response: textOf(call, (written) => written.writeResponse(json)),
    summary: textOf(call, (written) => written.writeSummary(json)),
    data: textOf(call, (written) => written.writeData(json)),
  };
  return json.isRefused ? null : texts;
}
