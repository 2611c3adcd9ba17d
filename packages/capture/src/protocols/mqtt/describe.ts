/** What calls of MQTT look like to people. */

import type { JsonObject, Request, Response } from '@kubeshark/model';
import { foldIds } from '../../decode/fold-ids.ts';
import { plainPayload } from '../../decode/payload.ts';
import type { Description } from '../../dissect/dissector.ts';
import type { CallFacts } from './call.ts';
import { reasonOf } from './codes.ts';
import type { Properties } from './properties.ts';
import { summaryOf } from './topic.ts';
import { PUBLISH, packetNames } from './wire.ts';

export function describeCall(call: CallFacts): Description {
  const { side, type, properties, answer, answerStart, packets, codes } = call;
  const traceId = properties?.traceId;
  const own = ownParts(call);
  const status = call.status ?? 0;
  const told = { ...(packets.length > 0 && { packets: [...packets] }), ...(codes.length > 1 && { codes }) };
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
    summary: summaryText(call),
    ...(call.error && { errorText: errorTextOf(call) }),
    request: side === 'client' ? own : null,
    response,
    ...(traceId !== undefined && { traceId }),
    data: { mqtt: dataOf(call) },
  };
}

/** What the side that began the call said. */
function ownParts({ size, type, payload, properties, retries, limit }: CallFacts): Request {
  const headers = properties?.headers ?? {};
  const mime = properties?.mime ?? '';
  const body =
    type === PUBLISH
      ? plainPayload(payload.bytes, { size: payload.size, isCut: payload.isCut, limit, mime })
      : undefined;
  return {
    size,
    ...(retries > 0 && { retries }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(body !== undefined && { body }),
  };
}

function answerParts(answer: Properties | undefined): { headers?: Properties['headers']; properties?: JsonObject } {
  if (answer === undefined) return {};
  return {
    ...(Object.keys(answer.headers).length > 0 && { headers: answer.headers }),
    ...(Object.keys(answer.values).length > 0 && { properties: answer.values }),
  };
}

export function errorTextOf(call: CallFacts): string {
  const code = call.failureCode;
  if (code === undefined) return call.failure ?? '';
  const said = call.answer?.values['reasonString'] ?? call.properties?.values['reasonString'];
  const reason = reasonOf(code, call.isOldRefusal) ?? '';
  return typeof said === 'string' && said !== '' ? `${reason}: ${said}` : reason;
}

export function endpointOf({ type, topics }: CallFacts): string {
  const [first] = topics;
  const name = packetNames[type] ?? '';
  return first === undefined ? name : `${name} ${foldIds(first)}`;
}

function summaryText({ type, topics, client, codes, properties }: CallFacts): string {
  const name = packetNames[type] ?? '';
  switch (name) {
    case 'CONNECT':
      return summaryOf(name, [client?.clientId ?? '']);
    case 'DISCONNECT':
      return summaryOf(name, [(properties === undefined ? undefined : reasonOf(codes[0] ?? 0)) ?? '']);
    default:
      return summaryOf(name, topics);
  }
}

function dataOf(call: CallFacts): JsonObject {
  const { type, client, topics, qos, retain, id, properties, side, answerEnd, end, facts } = call;
  const code = call.failureCode ?? call.codes[0];
  const reason = code === undefined ? undefined : reasonOf(code, call.isOldRefusal);
  const values = properties?.values ?? {};
  const version = client?.versionText;
  return {
    type: packetNames[type] ?? '',
    ...(topics.length > 0 && { topic: topics }),
    ...(qos !== undefined && { qos }),
    ...(type === PUBLISH && { retain }),
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
