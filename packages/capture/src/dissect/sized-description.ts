/**
 * Calls whose request and response are told by their size and a few members behind it, written all at once: what stands
 * between the numbers are few, long pieces.
 */

import type { ProtocolId } from '@kubeshark/model';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import type { Exchange, WrittenDescription } from './dissector.ts';
import { writeLatency, writeMiddle, writeNames } from './entry-json.ts';

const SIZE = piece('{"size":');
const REQUEST_SIZE = piece(',"request":{"size":');
const RESPONSE_SIZE = piece('},"response":{"size":');
const STATUS = piece(',"status":');
const STATUS_FINE = piece(',"status":0');
const LATENCY = piece(',"latency":');
const FINE_LATENCY = piece(',"status":0,"error":false,"latency":');

/** One object, which is given call after call. */
export abstract class SizedDescription<Call extends Exchange> implements WrittenDescription {
  abstract readonly protocols: readonly ProtocolId[];
  traceId: string | undefined = undefined;
  protected call: Call | null = null;

  abstract get method(): string;
  abstract get endpoint(): string;
  abstract get errorText(): string | undefined;

  /** The call to be written next; null when it has to be described. */
  of(call: Call): this | null {
    this.call = call;
    return this;
  }

  abstract writeSummary(json: JsonWriter): void;
  abstract writeData(json: JsonWriter): void;

  /** What stands behind the request's size, a comma before each key. */
  protected writeAsked?(json: JsonWriter, call: Call): void;

  /** The same of the response: its status at least. */
  protected writeAnswered(json: JsonWriter, { status }: Call): void {
    if (status === 0) return json.copyOf(STATUS_FINE);
    json.copyOf(STATUS);
    json.value(status ?? 0);
  }

  writeRequest(json: JsonWriter): void {
    const { call } = this;
    if (call === null || call.requestStart === null) return json.raw('null');
    json.copyOf(SIZE);
    json.number(call.requestSize);
    this.writeAsked?.(json, call);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    if (call === null || call.responseStart === null) return json.raw('null');
    json.copyOf(SIZE);
    json.number(call.responseSize);
    this.writeAnswered(json, call);
    json.raw('}');
  }

  writeMiddle(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const isAnswered = call.responseStart !== null && call.responseEnd !== null;
    if (!isAnswered || call.requestStart === null || call.error) return writeMiddle(json, call, this);
    json.copyOf(REQUEST_SIZE);
    json.number(call.requestSize);
    this.writeAsked?.(json, call);
    json.copyOf(RESPONSE_SIZE);
    json.number(call.responseSize);
    this.writeAnswered(json, call);
    json.copyOf(LATENCY);
    const start = json.length;
    writeLatency(json, call);
    const end = json.length;
    json.raw('}');
    writeNames(json, call, this);
    this.writeSummary(json);
    if (call.status !== 0) {
      json.copyOf(STATUS);
      json.value(call.status);
      json.raw(',"error":false,"latency":');
    } else json.copyOf(FINE_LATENCY);
    json.again(start, end);
  }
}
