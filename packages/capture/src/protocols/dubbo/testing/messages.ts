/** Messages for tests, in Hessian 2. */

import { client, server, type Turn } from '../../../dissect/testing/conversation.ts';

export const REQUEST = 0x80;
export const TWO_WAY = 0x40;
export const EVENT = 0x20;
export const HESSIAN = 2;

export function message(flags: number, id: number, body: Uint8Array, status = 0): Buffer {
  const head = Buffer.alloc(16);
  head.set([0xda, 0xbb, flags, status]);
  head.writeUInt32BE(id, 8);
  head.writeUInt32BE(body.length, 12);
  return Buffer.concat([head, body]);
}

export const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Uint8Array.of(0x53, bytes.length >> 8, bytes.length & 255), bytes]);
};
export const map = (values: Record<string, string>): Buffer =>
  Buffer.concat([
    Uint8Array.of(0x48),
    ...Object.entries(values).flatMap((entry) => entry.map(text)),
    Uint8Array.of(0x5a),
  ]);
export const invocation = (method: string, types = '', values: readonly Uint8Array[] = [], attachments = {}): Buffer =>
  Buffer.concat([...['2.0.2', 'shop.Orders', '1.0', method, types].map(text), ...values, map(attachments)]);

export const asks = (id: number, body: Uint8Array, flags = REQUEST | TWO_WAY | HESSIAN): Turn =>
  client(message(flags, id, body));
export const says = (id: number, body: Uint8Array, status = 20): Turn => server(message(HESSIAN, id, body, status));
