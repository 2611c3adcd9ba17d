/** An entry written as JSON, key by key as `Call.toEntry` makes them. */

import type { Micros } from '@kubeshark/model';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import type { Exchange, WrittenDescription } from './dissector.ts';
import { openingOf, sourceOf } from './entry-pieces.ts';
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

const ID = piece('{"id":"');
const TIMESTAMP = piece('","timestamp":');
const REQUEST = piece(',"request":');
const RESPONSE = piece(',"response":');
const METHOD = piece(',"method":');
const ENDPOINT = piece(',"endpoint":');
const SUMMARY = piece(',"summary":');
const STATUS = piece(',"status":');
const LATENCY = piece(',"latency":');
const FIRST_BYTE = piece(',"firstByteMillis":');
const TRANSFER = piece(',"transferMillis":');
const NO_TRANSFER = piece(',"transferMillis":0');
/** Of all calls without an error code. */
const FINE_0 = piece(',"status":0,"error":false,"latency":');
const FAILED = piece(',"error":true');
const FINE = piece(',"error":false');

/** Writes the call; refuses what is rare. */
export function writeEntry(json: JsonWriter, call: Facts, written: WrittenDescription): void {
  const { exchange, flow, origin } = call;
  const { protocols } = written;
  json.copyOf(ID);
  call.writeId(json);
  json.copyOf(TIMESTAMP);
  json.number(call.timestamp);
  json.copyOf(openingOf(origin.node, protocols[0] ?? exchange.protocol, protocols));
  flow.writeEnds(json);
  if (written.writeMiddle === undefined) writeMiddle(json, exchange, written);
  else written.writeMiddle(json);
  const { traceId } = written;
  if (traceId !== undefined) {
    json.raw(',"traceId":');
    json.text(traceId);
  }
  flow.writeConnection(json);
  json.number(call.index);
  writeTiming(json, exchange);
  writeCapture(json, call);
  written.writeData(json);
  json.raw('}');
}

/** What the call is, between its ends and its connection. */
export function writeMiddle(json: JsonWriter, exchange: Exchange, written: WrittenDescription): void {
  json.copyOf(REQUEST);
  written.writeRequest(json);
  json.copyOf(RESPONSE);
  writeResponse(json, exchange, written);
  writeNames(json, exchange, written);
  written.writeSummary(json);
  writeOutcome(json, exchange, written);
  writeLatency(json, exchange);
}

/** From the status to the key of the latency. */
function writeOutcome(json: JsonWriter, { status, error }: Exchange, written: WrittenDescription): void {
  if (status === 0 && !error) return json.copyOf(FINE_0);
  json.copyOf(STATUS);
  if (typeof status === 'number') json.number(status);
  else json.value(status);
  json.copyOf(error ? FAILED : FINE);
  const errorText = error ? written.errorText : undefined;
  if (errorText !== undefined) {
    json.raw(',"errorText":');
    json.text(errorText);
  }
  json.copyOf(LATENCY);
}

/** Method, endpoint, and the key of the summary. */
export function writeNames(json: JsonWriter, exchange: Exchange, written: WrittenDescription): void {
  const group = exchange.group?.() ?? null;
  if (group !== null) return json.copyOf(group.names(written.method));
  json.copyOf(METHOD);
  json.name(written.method);
  json.copyOf(ENDPOINT);
  json.name(written.endpoint);
  json.copyOf(SUMMARY);
}

function writeResponse(json: JsonWriter, exchange: Exchange, written: WrittenDescription): void {
  const start = json.length;
  written.writeResponse(json);
  // A `null` has no keys, and without a response there is no latency.
  if (json.length - start <= 'null'.length || !hasLatency(exchange)) return;
  json.reopen();
  json.copyOf(LATENCY);
  writeLatency(json, exchange);
  json.raw('}');
}

const hasLatency = ({ requestStart, responseEnd }: Exchange): boolean => requestStart !== null && responseEnd !== null;

/** `latencyOf`. */
export function writeLatency(json: JsonWriter, { requestStart, responseEnd }: Exchange): void {
  if (requestStart === null || responseEnd === null) return json.raw('null');
  json.thousandths(Math.max(0, responseEnd - requestStart));
}

function writeTiming(json: JsonWriter, { requestEnd, responseStart, responseEnd }: Exchange): void {
  if (requestEnd !== null && responseStart !== null) {
    json.copyOf(FIRST_BYTE);
    json.millis(Math.max(0, responseStart - requestEnd));
  }
  if (responseStart !== null && responseEnd !== null) {
    const transfer = Math.max(0, responseEnd - responseStart);
    // Most responses are one packet.
    if (transfer === 0) return json.copyOf(NO_TRANSFER);
    json.copyOf(TRANSFER);
    json.millis(transfer);
  }
}

function writeCapture(json: JsonWriter, { exchange, flow, origin, anomalies }: Facts): void {
  json.copyOf(sourceOf(origin.source, origin.interfaceName(flow.interfaceId)));
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
