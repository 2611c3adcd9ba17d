/** What calls of STOMP look like to people. */

import type { Headers, JsonObject, Request } from '@kubeshark/model';
import { plainPayload } from '../../decode/payload.ts';
import type { Description } from '../../dissect/dissector.ts';
import type { CallFacts } from './call.ts';
import type { Frame } from './frame.ts';
import { Role } from './headers.ts';

const MAX_SUMMARY = 200;

export function describeCall(call: CallFacts): Description {
  const { request, response, main, traceId, errorText, limit } = call;
  return {
    protocols: ['stomp'],
    method: main.command.name,
    endpoint: call.endpoint(),
    summary: summaryOf(call),
    ...(errorText !== undefined && { errorText }),
    request: request === undefined ? null : halfOf(request, limit),
    response: response === undefined ? null : { ...halfOf(response, limit), status: call.status ?? 0 },
    ...(traceId !== undefined && { traceId }),
    data: { stomp: dataOf(call) },
  };
}

function halfOf(frame: Frame, limit: number): Request {
  const { size, command, body, mime, count } = frame;
  const shown = plainPayload(body.bytes, { size: body.size, isCut: body.isCut, limit, mime });
  return {
    size,
    command: command.name,
    ...(count > 0 && { headers: headersOf(frame) }),
    ...(shown !== undefined && { body: shown }),
  };
}

export function summaryOf({ main, destination }: CallFacts): string {
  const { command, body } = main;
  const about = destination.text ?? main.textOf(Role.TRANSACTION) ?? main.textOf(Role.HOST);
  const said = command.name === 'ERROR' ? main.textOf(Role.MESSAGE) : about;
  const text = `${command.name} ${said ?? ''}`.trimEnd() + (body.size > 0 ? ` (${body.size} bytes)` : '');
  return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text;
}

function dataOf(call: CallFacts): JsonObject {
  const { main, destination, heldMicros, peers } = call;
  const told = [
    ['destination', destination.text],
    ...toldOf(call).map(([name, at]) => [name, at < 0 ? undefined : main.textAt(at)] as const),
    ['ackMode', main.command.name === 'SUBSCRIBE' ? (main.textOf(Role.ACK) ?? 'auto') : undefined],
  ] as const;
  return {
    command: main.command.name,
    ...Object.fromEntries(told.filter(([, value]) => value !== undefined)),
    ...(heldMicros !== undefined && { heldMillis: heldMicros / 1000 }),
    ...Object.fromEntries(Object.entries(peers.told).filter(([, value]) => value !== undefined)),
  };
}

/** What a frame tells of itself behind its destination: by which name it is found, and which of its headers it is (-1: none). */
export function toldOf({ main, request }: CallFacts): readonly (readonly [name: string, at: number])[] {
  const { isSettlement, name } = main.command;
  const id = isSettlement || name === 'SUBSCRIBE' || name === 'UNSUBSCRIBE' ? main.find(Role.ID) : -1;
  const subscription = main.find(Role.SUBSCRIPTION);
  const messageId = main.find(Role.MESSAGE_ID);
  return [
    ['subscription', subscription < 0 && !isSettlement ? id : subscription],
    ['messageId', messageId < 0 && isSettlement ? id : messageId],
    ['transaction', main.find(Role.TRANSACTION)],
    ['receipt', main.find(request === undefined ? Role.RECEIPT_ID : Role.RECEIPT)],
    ['host', main.find(Role.HOST)],
  ];
}

/** Of a name that comes again all values, the first counts. */
function headersOf(frame: Frame): Headers {
  const found: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at < frame.count; at++) {
    const name = frame.names[at]?.text ?? '';
    const before = found[name];
    const value = frame.textAt(at);
    found[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return { ...found };
}
