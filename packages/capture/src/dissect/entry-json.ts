/** An entry written as JSON, key by key as `Call.toEntry` makes them. */

import { type JsonWriter, piece } from '../json/json-writer.ts';
import type { Exchange, WrittenDescription } from './dissector.ts';
import { NO_TRANSFER, openingOf, sourceOf } from './entry-pieces.ts';
import type { Conversation } from './flow.ts';
import type { Origin } from './origin.ts';

/** What a `Call` knows beside its description. */
interface Facts {
  /** Writes id and time. */
  writeHead(json: JsonWriter): void;
  readonly exchange: Exchange;
  readonly flow: Conversation;
  readonly origin: Origin;
  readonly index: number;
  readonly anomalies: readonly string[];
}

const REQUEST = piece(',"request":');
const RESPONSE = piece(',"response":');
const METHOD = piece(',"method":');
const ENDPOINT = piece(',"endpoint":');
const SUMMARY = piece(',"summary":');
const STATUS = piece(',"status":');
const LATENCY = piece(',"latency":');
const FIRST_BYTE = piece(',"firstByteMillis":');
const TRANSFER = piece(',"transferMillis":');
/** Of all calls without an error code. */
const FINE_0 = piece(',"status":0,"error":false,"latency":');
const FAILED = piece(',"error":true');
const FINE = piece(',"error":false');

/** Writes the call; refuses what is rare. */
export function writeEntry(json: JsonWriter, call: Facts, written: WrittenDescription): void {
  const { exchange, flow, origin } = call;
  const { protocols } = written;
  call.writeHead(json);
  flow.writeEnds(json, openingOf(origin.node, protocols[0] ?? exchange.protocol, protocols));
  if (written.writeMiddle === undefined) writeMiddle(json, exchange, written);
  else written.writeMiddle(json);
  const { traceId } = written;
  if (traceId !== undefined) {
    json.raw(',"traceId":');
    json.text(traceId);
  }
  flow.writeConnection(json);
  json.number(call.index);
  writeTimingAndCapture(json, call);
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

/** The same from the end of a response without an error on, whose latency is that of the call: it is written once and copied. */
export function writeFineEnd(json: JsonWriter, exchange: Exchange, written: WrittenDescription): void {
  json.copyOf(LATENCY);
  const start = json.length;
  writeLatency(json, exchange);
  const end = json.length;
  json.raw('}');
  writeNames(json, exchange, written);
  written.writeSummary(json);
  json.copyOf(FINE_0);
  json.again(start, end);
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

/** How long it took, and where its packets came from. */
function writeTimingAndCapture(json: JsonWriter, call: Facts): void {
  const { requestEnd, responseStart, responseEnd, truncated, gap } = call.exchange;
  if (requestEnd !== null && responseStart !== null) {
    json.copyOf(FIRST_BYTE);
    json.millis(Math.max(0, responseStart - requestEnd));
  }
  const transfer = responseStart === null || responseEnd === null ? null : Math.max(0, responseEnd - responseStart);
  if (transfer !== null && transfer !== 0) {
    json.copyOf(TRANSFER);
    json.millis(transfer);
  }
  const source = sourceOf(call.origin.source, call.origin.interfaceName(call.flow.interfaceId));
  // Most responses are one packet, and most calls whole.
  const isWhole = !truncated && gap === 0 && call.anomalies.length === 0;
  if (isWhole) return json.copyOf(transfer === 0 ? source.atOnce : source.whole);
  if (transfer === 0) json.copyOf(NO_TRANSFER);
  json.copyOf(source.open);
  writeLosses(json, call);
}

function writeLosses(json: JsonWriter, { exchange, anomalies }: Facts): void {
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
