/** What a WebSocket message looks like to people. */

import type { Body, JsonObject } from '@kubeshark/model';
import { asBuffer } from '../../decode/content.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Side } from '../../dissect/dissector.ts';

const MAX_SUMMARY = 160;
/** Codes that end a connection as planned (RFC 6455 §7.4.1); 1005: a close without a code. */
const regularCodes = new Set([1000, 1001, 1005]);

export interface Message {
  readonly side: Side;
  readonly opcode: string;
  readonly start: number;
  readonly end: number;
  /** Bytes on the wire with heads. */
  readonly size: number;
  /** Payload bytes on the wire. */
  readonly length: number;
  /** Payload in plain, or its beginning. */
  readonly payload: Uint8Array;
  readonly isCompressed: boolean;
  readonly isTruncated: boolean;
  readonly gap: number;
  readonly fault?: string;
  /** Path of the call that opened the connection. */
  readonly path: string;
}

const utf8 = new TextDecoder();

const closeOf = ({ payload }: Message): { code: number; reason: string } =>
  payload.length < 2
    ? { code: 1005, reason: '' }
    : { code: ((payload[0] ?? 0) << 8) | (payload[1] ?? 0), reason: utf8.decode(payload.subarray(2)) };

function bodyOf(message: Message): Body | undefined {
  const { payload, length, opcode, isCompressed, isTruncated, fault } = message;
  if (length === 0 || opcode === 'close') return undefined;
  const isText = opcode === 'text' && fault === undefined;
  return {
    size: length,
    ...(isCompressed && fault === undefined && { decodedSize: payload.length, encoding: ['deflate'] }),
    ...(isText ? { text: utf8.decode(payload) } : { base64: asBuffer(payload).toString('base64') }),
    ...(isTruncated && { truncated: true }),
    ...(fault !== undefined && { fault }),
  };
}

export class WsExchange extends CountedExchange {
  readonly protocol = 'ws';
  readonly status: number | null;
  readonly error: boolean;
  readonly #message: Message;
  readonly #failure: string | undefined;

  /** `failure`: the connection ended without a close. */
  constructor(message: Message, failure?: string) {
    super();
    if (message.side === 'client') this.setRequest(message);
    else this.setResponse(message);
    this.#message = message;
    this.#failure = failure;
    const code = message.opcode === 'close' && failure === undefined ? closeOf(message).code : null;
    this.status = code;
    this.error = failure !== undefined || (code !== null && !regularCodes.has(code));
    this.truncated = message.isTruncated;
  }

  endpoint(): string {
    return `WS ${this.#message.path}`;
  }

  describe(): Description {
    const message = this.#message;
    const { side, opcode, size } = message;
    const body = bodyOf(message);
    const half = { size, ...(body !== undefined && { body }) };
    const close = opcode === 'close' && this.#failure === undefined ? closeOf(message) : undefined;
    const text =
      close === undefined
        ? (body?.text ?? (body === undefined ? '' : `${body.size} bytes`))
        : `${close.code} ${close.reason}`.trim();
    const data: JsonObject = {
      opcode,
      direction: side,
      ...(close !== undefined && { closeCode: close.code, closeReason: close.reason }),
    };
    return {
      protocols: ['ws'],
      method: opcode,
      endpoint: this.endpoint(),
      summary:
        this.#failure ?? `${opcode} ${text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text}`.trim(),
      ...(this.error && { errorText: this.#failure ?? `closed with ${text}` }),
      request: side === 'client' ? half : null,
      response: side === 'server' ? { ...half, ...(this.status !== null && { status: this.status }) } : null,
      data: { ws: data },
    };
  }
}
