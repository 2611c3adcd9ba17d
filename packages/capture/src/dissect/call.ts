/** A finished exchange with the facts of its connection. Cheap numbers are read at once, the entry is made on demand. */

import type { CaptureFacts, Entry, Micros, Millis, ProtocolId, Response } from '@kubeshark/model';
import type { JsonWriter } from '../json/json-writer.ts';
import { DescribedCall } from './described-call.ts';
import { type Description, type Exchange, latencyOf, type WrittenDescription } from './dissector.ts';
import { EntryHead } from './entry-head.ts';
import { writeEntry } from './entry-json.ts';
import type { Conversation } from './flow.ts';
import type { Origin } from './origin.ts';

/** What the engine knows of a call beside its exchange. */
export interface CallFacts {
  readonly origin: Origin;
  /** Whole microseconds of completion, strictly rising over all calls of an engine. */
  completed: number;
  anomalies: readonly string[];
}

/** One object for all calls of an engine, one after the other: it is read while it is given out, and not kept. */
export class Call {
  readonly origin: Origin;
  exchange: Exchange;
  flow: Conversation;
  anomalies: readonly string[];
  /** Position on its connection, from 0. */
  index = 0;
  private completed = 0;
  private readonly head: EntryHead;
  private description: Description | null = null;
  private entry: Entry | null = null;

  constructor(exchange: Exchange, flow: Conversation, { origin, anomalies }: CallFacts) {
    this.origin = origin;
    this.exchange = exchange;
    this.flow = flow;
    this.anomalies = anomalies;
    this.head = new EntryHead(origin.agentNumber);
  }

  /** Becomes the next call of a conversation. */
  begin(exchange: Exchange, flow: Conversation, { completed, anomalies }: CallFacts): this {
    this.exchange = exchange;
    this.flow = flow;
    this.anomalies = anomalies;
    this.index = flow.calls++;
    this.completed = completed;
    this.description = null;
    this.entry = null;
    return this;
  }

  get protocol(): ProtocolId {
    return this.exchange.protocol;
  }

  /** When the call is placed in time: where it began, as far as that was seen. */
  get timestamp(): Micros {
    const { requestStart, responseStart } = this.exchange;
    return Math.floor(requestStart ?? responseStart ?? this.completed);
  }

  get latency(): Millis | null {
    return latencyOf(this.exchange);
  }

  /** What calls are grouped by. */
  get endpoint(): string {
    return this.exchange.endpoint?.() ?? this.describe().endpoint;
  }

  get id(): string {
    return this.head.idText(this.completed);
  }

  writeHead(json: JsonWriter): void {
    this.head.write(json, this.completed, this.timestamp);
  }

  /** What the call looks like to people; made once. */
  describe(): Description {
    this.description ??= this.tryDescribe();
    return this.description;
  }

  /** The whole entry; made once. Facts of the connection are those known when it is first asked for. */
  toEntry(): Entry {
    this.entry ??= this.makeEntry();
    return this.entry;
  }

  /** Writes what `JSON.stringify` gives of the entry. */
  writeJson(json: JsonWriter): void {
    if (this.entry !== null) return json.value(this.entry);
    const start = json.length;
    json.isRefused = false;
    const written = this.tryWritten();
    if (written !== null) writeEntry(json, this, written);
    if (written !== null && !json.isRefused) return;
    json.length = start;
    writeEntry(json, this, new DescribedCall(this.describe()));
  }

  private tryWritten(): WrittenDescription | null {
    try {
      return this.exchange.written?.() ?? null;
    } catch {
      // `describe` fails in the same way, and is counted for it.
      return null;
    }
  }

  private tryDescribe(): Description {
    try {
      return this.exchange.describe();
    } catch (error) {
      this.origin.describeFailed(this.protocol, error);
      const { protocol, requestSize, responseSize, requestStart, responseStart } = this.exchange;
      return {
        protocols: [protocol],
        method: '',
        endpoint: '',
        summary: `a ${protocol} call that could not be described`,
        request: requestStart === null ? null : { size: requestSize },
        response: responseStart === null ? null : { size: responseSize },
      };
    }
  }

  private makeEntry(): Entry {
    const { exchange, flow, latency } = this;
    const description = this.describe();
    const { response, protocols, method, endpoint, summary, errorText, traceId, data } = description;
    return {
      id: this.id,
      timestamp: this.timestamp,
      node: this.origin.node,
      protocol: protocols[0] ?? exchange.protocol,
      protocols,
      src: flow.namedEndpoint('client'),
      dst: flow.namedEndpoint('server'),
      request: description.request,
      response: response === null ? null : withLatency(response, latency),
      method,
      endpoint,
      summary,
      status: exchange.status,
      error: exchange.error,
      ...(exchange.error && errorText !== undefined && { errorText }),
      latency,
      ...(traceId !== undefined && { traceId }),
      connection: { ...flow.facts(), index: this.index, ...timing(exchange) },
      capture: this.captureFacts(),
      ...data,
    };
  }

  private captureFacts(): CaptureFacts {
    const { exchange, flow, origin, anomalies } = this;
    const name = origin.interfaceName(flow.interfaceId);
    return {
      source: origin.source,
      ...(name !== undefined && { interface: name }),
      ...(exchange.truncated && { truncated: true }),
      ...(exchange.gap > 0 && { gap: exchange.gap }),
      ...(anomalies.length > 0 && { anomalies }),
    };
  }
}

function withLatency(response: Response, latency: Millis | null): Response {
  return latency === null ? response : { ...response, latency };
}

function timing({ requestEnd, responseStart, responseEnd }: Exchange): {
  readonly firstByteMillis?: Millis;
  readonly transferMillis?: Millis;
} {
  return {
    ...(requestEnd !== null && responseStart !== null && { firstByteMillis: millis(responseStart - requestEnd) }),
    ...(responseStart !== null && responseEnd !== null && { transferMillis: millis(responseEnd - responseStart) }),
  };
}

/** Milliseconds of a span; never negative, since directions may be captured out of order. */
function millis(micros: Micros): Millis {
  return Math.max(0, Math.round(micros)) / 1000;
}
