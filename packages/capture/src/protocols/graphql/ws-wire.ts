/**
 * Messages of GraphQL over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, and those of the
 * older protocol of subscriptions-transport-ws, which has other words for the same.
 */

import type { JsonValue } from '@kubeshark/model';
import { parseJson } from '../../decode/json.ts';
import { isObject } from './request.ts';

/** The newer one's, the older one's. */
export const SUBPROTOCOLS: readonly string[] = ['graphql-transport-ws', 'graphql-ws'];

type MessageKind = 'connect' | 'connected' | 'rejected' | 'ask' | 'result' | 'failed' | 'done' | 'stop';

/** By who sends it and its `type`; what is missing here (pings) concerns no operation. */
const kinds: Readonly<Record<'client' | 'server', Readonly<Record<string, MessageKind>>>> = {
  client: { connection_init: 'connect', subscribe: 'ask', start: 'ask', complete: 'stop', stop: 'stop' },
  server: {
    connection_ack: 'connected',
    connection_error: 'rejected',
    next: 'result',
    data: 'result',
    error: 'failed',
    complete: 'done',
  },
};

/** Servers refuse longer ids, or make them themselves. */
const MAX_ID = 256;
/** Where a message that was cut says what it is. */
const HEAD_CHARACTERS = 1024;
const TYPE_IN_HEAD = /"type"\s*:\s*"(\w+)"/; // "type":"next"
const ID_IN_HEAD = /"id"\s*:\s*"([^"\\]*)"/; // "id":"7"

export interface GraphqlMessage {
  readonly kind: MessageKind;
  /** Of the operation; empty where the message is about the connection. */
  readonly id: string;
  /** Undefined where there is none, or the message was cut. */
  readonly payload: JsonValue | undefined;
}

/** Reads a message, or the head of one that was cut; undefined when it is about no operation and no connection. */
export function readMessage(side: 'client' | 'server', text: string, isCut: boolean): GraphqlMessage | undefined {
  const value = isCut ? headOf(text) : parseJson(text);
  if (!isObject(value)) return undefined;
  const { type, id = '', payload } = value;
  const kind = typeof type === 'string' && Object.hasOwn(kinds[side], type) ? kinds[side][type] : undefined;
  if (kind === undefined || typeof id !== 'string' || id.length > MAX_ID) return undefined;
  const isAboutConnection = kind === 'connect' || kind === 'connected' || kind === 'rejected';
  if ((id === '') !== isAboutConnection) return undefined;
  return { kind, id, payload: payload as JsonValue | undefined };
}

function headOf(text: string): { readonly type?: string; readonly id?: string } {
  const head = text.slice(0, HEAD_CHARACTERS);
  const [, type] = TYPE_IN_HEAD.exec(head) ?? [];
  const [, id] = ID_IN_HEAD.exec(head) ?? [];
  return { ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
}

/** For connections whose upgrade was not seen: an operation with its document, or a result of one. */
export function looksLikeMessage(text: string): boolean {
  const side = text.includes('"query"') ? 'client' : 'server';
  const message = readMessage(side, text, false);
  if (message === undefined || !isObject(message.payload)) return false;
  return (
    message.kind === 'ask' || (message.kind === 'result' && ('data' in message.payload || 'errors' in message.payload))
  );
}
