/** What calls of MQTT look like to people. */

import type { JsonObject, Request, Response } from '@kubeshark/model';
import { foldIds } from '../../decode/fold-ids.ts';
import { plainPayload } from '../../decode/payload.ts';
import { traceIdOf } from '../../decode/trace.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Side, Span } from '../../dissect/dissector.ts';
import type { BodyCollector } from '../../http/body.ts';
import { FIRST_ERROR, reasonOf } from './codes.ts';
import type { Properties } from './fields.ts';
import { packetNames } from './wire.ts';

const MAX_SUMMARY = 200;
const versions: Readonly<Record<number, string>> = { 3: '3.1', 4: '3.1.1', 5: '5' };

/** What is known of the connection. */
export interface Client {
  readonly clientId: string;
  readonly user: string | undefined;
  readonly version: number;
}

/** A call while it is put together; the session fills it. */
export interface MqttCall {
  /** Type of the packet that began it. */
  readonly type: number;
  /** Who began it. */
  readonly side: Side;
  readonly client: Client | undefined;
  readonly start: number;
  end: number;
  size: number;
  answerStart: number | null;
  answerEnd: number | null;
  answerSize: number;
  /** Packets of the other side, and of this one after the first: `PUBREC`, `PUBREL`, `PUBCOMP`. */
  readonly packets: string[];
  topics: readonly string[];
  qos: number | undefined;
  id: number | undefined;
  retain: boolean;
  payload: BodyCollector | undefined;
  properties: Properties | undefined;
  /** What a CONNECT, and a DISCONNECT, say besides. */
  facts: JsonObject;
  answer: Properties | undefined;
  /** Codes of the answer: one, or one for each topic. */
  codes: readonly number[];
  /** The same message again, because its acknowledgement did not come. */
  retries: number;
  failure: string | undefined;
  gap: number;
  isCut: boolean;
}

export function openCall(type: number, side: Side, client: Client | undefined, span: Span): MqttCall {
  return {
    type,
    side,
    client,
    start: span.first,
    end: span.last,
    size: 0,
    answerStart: null,
    answerEnd: null,
    answerSize: 0,
    packets: [],
    topics: [],
    qos: undefined,
    id: undefined,
    retain: false,
    payload: undefined,
    properties: undefined,
    facts: {},
    answer: undefined,
    codes: [],
    retries: 0,
    failure: undefined,
    gap: 0,
    isCut: false,
  };
}

/** Codes of a CONNACK before version 5 are errors from 1 on. */
const isOldRefusal = ({ type, client }: MqttCall) => type === 1 && (client?.version ?? 5) < 5;

export class MqttExchange extends CountedExchange {
  readonly protocol = 'mqtt';
  readonly #call: MqttCall;
  readonly #limit: number;

  /** `limit`: payload bytes shown. */
  constructor(call: MqttCall, limit: number) {
    super();
    this.#call = call;
    this.#limit = limit;
    const { side, start, end, size, answerStart, answerEnd, answerSize } = call;
    // What the server begins by itself is a response; that the client acknowledges it is told by `mqtt.ackMillis`.
    if (side === 'server') {
      this.setResponse({ start, end, size });
      this.requestSize = answerSize;
    } else {
      this.setRequest({ start, end, size });
      if (answerStart !== null) this.setResponse({ start: answerStart, end: answerEnd, size: answerSize });
    }
    this.gap = call.gap;
    this.truncated = call.isCut || call.payload?.isCut === true;
  }

  get status(): number | null {
    const call = this.#call;
    const failed = failureCode(call);
    if (failed !== undefined) return failed;
    return call.answerStart === null && call.side === 'client' ? null : 0;
  }
  get error(): boolean {
    return this.#call.failure !== undefined || failureCode(this.#call) !== undefined;
  }

  endpoint(): string {
    return endpointOf(this.#call);
  }

  describe(): Description {
    const call = this.#call;
    const { side, type, properties, answer, answerStart, packets, codes } = call;
    const headers = properties?.headers ?? {};
    const traceId = traceIdOf({ first: (name) => [headers[name] ?? []].flat()[0] });
    const own = this.#ownParts();
    const status = this.status ?? 0;
    const told = { ...(packets.length > 0 && { packets }), ...(codes.length > 1 && { codes }) };
    const response: Response | null =
      side === 'server'
        ? { ...own, status, ...told }
        : answerStart === null
          ? null
          : { size: call.answerSize, status, ...told, ...answerParts(answer) };
    return {
      protocols: ['mqtt'],
      method: packetNames[type] ?? '',
      endpoint: endpointOf(call),
      summary: summaryOf(call),
      ...(this.error && { errorText: errorTextOf(call) }),
      request: side === 'client' ? own : null,
      response,
      ...(traceId !== undefined && { traceId }),
      data: { mqtt: dataOf(call) },
    };
  }

  /** What the side that began the call said. */
  #ownParts(): Request {
    const { size, payload, properties, retries } = this.#call;
    const headers = properties?.headers ?? {};
    const contentType = properties?.values['contentType'];
    const mime = typeof contentType === 'string' ? (contentType.split(';')[0] ?? '').trim().toLowerCase() : '';
    const body =
      payload && plainPayload(payload.bytes, { size: payload.size, isCut: payload.isCut, limit: this.#limit, mime });
    return {
      size,
      ...(retries > 0 && { retries }),
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(body !== undefined && { body }),
    };
  }
}

function answerParts(answer: Properties | undefined): { headers?: Properties['headers']; properties?: JsonObject } {
  if (answer === undefined) return {};
  return {
    ...(Object.keys(answer.headers).length > 0 && { headers: answer.headers }),
    ...(Object.keys(answer.values).length > 0 && { properties: answer.values }),
  };
}

/** The first code that says that something failed. */
function failureCode(call: MqttCall): number | undefined {
  const first = isOldRefusal(call) ? 1 : FIRST_ERROR;
  return call.codes.find((code) => code >= first);
}

function errorTextOf(call: MqttCall): string {
  const code = failureCode(call);
  if (code === undefined) return call.failure ?? '';
  const said = call.answer?.values['reasonString'] ?? call.properties?.values['reasonString'];
  const reason = reasonOf(code, isOldRefusal(call)) ?? '';
  return typeof said === 'string' && said !== '' ? `${reason}: ${said}` : reason;
}

function endpointOf({ type, topics }: MqttCall): string {
  const [first] = topics;
  const name = packetNames[type] ?? '';
  return first === undefined ? name : `${name} ${foldIds(first)}`;
}

function summaryOf({ type, topics, client, codes, properties }: MqttCall): string {
  const name = packetNames[type] ?? '';
  const text = (() => {
    switch (name) {
      case 'CONNECT':
        return `CONNECT ${client?.clientId ?? ''}`;
      case 'DISCONNECT': {
        const reason = properties === undefined ? undefined : reasonOf(codes[0] ?? 0);
        return `DISCONNECT ${reason ?? ''}`;
      }
      default:
        return `${name} ${topics.join(', ')}`;
    }
  })().trim();
  return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text;
}

function dataOf(call: MqttCall): JsonObject {
  const { type, client, topics, qos, retain, id, properties, side, answerEnd, end, facts } = call;
  const code = failureCode(call) ?? call.codes[0];
  const reason = code === undefined ? undefined : reasonOf(code, isOldRefusal(call));
  const values = properties?.values ?? {};
  const version = versions[client?.version ?? 0];
  return {
    type: packetNames[type] ?? '',
    ...(topics.length > 0 && { topic: topics }),
    ...(qos !== undefined && { qos }),
    ...(type === 3 && { retain }),
    ...(id !== undefined && id > 0 && { packetId: id }),
    ...(client !== undefined && { clientId: client.clientId }),
    ...(client?.user !== undefined && { user: client.user }),
    ...(version !== undefined && { version }),
    ...(Object.keys(values).length > 0 && { properties: values }),
    ...(reason !== undefined && { reason }),
    ...(side === 'server' && answerEnd !== null && { ackMillis: Math.max(0, answerEnd - end) / 1000 }),
    ...facts,
  };
}
