/** An entry written as JSON, key by key as `Call.toEntry` makes them. */

import type { Micros } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import type { Exchange, WrittenDescription } from './dissector.ts';
import type { Conversation } from './flow.ts';
import type { Origin } from './origin.ts';

/** What a `Call` knows beside its description. */
interface Facts {
  writeId(json: JsonWriter): void;
  readonly timestamp: Micros;
  readonly exchange: Exchange;
  readonly flow: Conversation;
  readonly origin: Origin;
  readonly index: number;
  readonly anomalies: readonly string[];
}

/** Writes the call; refuses what is rare. */
export function writeEntry(json: JsonWriter, call: Facts, written: WrittenDescription): void {
  const { exchange, flow } = call;
  const { protocols, errorText, traceId } = written;
  json.raw('{"id":"');
  call.writeId(json);
  json.raw('","timestamp":');
  json.number(call.timestamp);
  json.raw(',"node":');
  json.text(call.origin.node);
  json.raw(',"protocol":');
  json.text(protocols[0] ?? exchange.protocol);
  json.raw(',"protocols":');
  writeTexts(json, protocols);
  json.raw(',"src":');
  flow.writeEnd(json, 'client');
  json.raw(',"dst":');
  flow.writeEnd(json, 'server');
  json.raw(',"request":');
  written.writeRequest(json);
  json.raw(',"response":');
  writeResponse(json, exchange, written);
  json.raw(',"method":');
  json.text(written.method);
  json.raw(',"endpoint":');
  json.text(written.endpoint);
  json.raw(',"summary":');
  written.writeSummary(json);
  json.raw(',"status":');
  if (typeof exchange.status === 'number') json.number(exchange.status);
  else json.value(exchange.status);
  json.raw(exchange.error ? ',"error":true' : ',"error":false');
  if (exchange.error && errorText !== undefined) {
    json.raw(',"errorText":');
    json.text(errorText);
  }
  json.raw(',"latency":');
  writeLatency(json, exchange);
  if (traceId !== undefined) {
    json.raw(',"traceId":');
    json.text(traceId);
  }
  json.raw(',"connection":');
  flow.writeFacts(json);
  json.reopen();
  json.raw(',"index":');
  json.number(call.index);
  writeTiming(json, exchange);
  json.raw('},"capture":');
  writeCapture(json, call);
  written.writeData(json);
  json.raw('}');
}

function writeTexts(json: JsonWriter, texts: readonly string[]): void {
  json.raw('[');
  for (let i = 0; i < texts.length; i++) {
    if (i > 0) json.raw(',');
    json.text(texts[i] ?? '');
  }
  json.raw(']');
}

function writeResponse(json: JsonWriter, exchange: Exchange, written: WrittenDescription): void {
  const start = json.length;
  written.writeResponse(json);
  // A `null` has no keys, and without a response there is no latency.
  if (json.length - start <= 'null'.length || !hasLatency(exchange)) return;
  json.reopen();
  json.raw(',"latency":');
  writeLatency(json, exchange);
  json.raw('}');
}

const hasLatency = ({ requestStart, responseEnd }: Exchange): boolean => requestStart !== null && responseEnd !== null;

/** `latencyOf`. */
function writeLatency(json: JsonWriter, { requestStart, responseEnd }: Exchange): void {
  if (requestStart === null || responseEnd === null) return json.raw('null');
  const micros = Math.max(0, responseEnd - requestStart);
  if (Number.isInteger(micros)) json.millis(micros);
  else json.number(micros / 1000);
}

function writeTiming(json: JsonWriter, { requestEnd, responseStart, responseEnd }: Exchange): void {
  if (requestEnd !== null && responseStart !== null) {
    json.raw(',"firstByteMillis":');
    json.millis(Math.max(0, responseStart - requestEnd));
  }
  if (responseStart !== null && responseEnd !== null) {
    json.raw(',"transferMillis":');
    json.millis(Math.max(0, responseEnd - responseStart));
  }
}

function writeCapture(json: JsonWriter, { exchange, flow, origin, anomalies }: Facts): void {
  const name = origin.interfaceName(flow.interfaceId);
  json.raw('{"source":');
  json.text(origin.source);
  if (name !== undefined) {
    json.raw(',"interface":');
    json.text(name);
  }
  if (exchange.truncated) json.raw(',"truncated":true');
  if (exchange.gap > 0) {
    json.raw(',"gap":');
    json.number(exchange.gap);
  }
  if (anomalies.length > 0) {
    json.raw(',"anomalies":');
    json.value(anomalies);
  }
  json.raw('}');
}
