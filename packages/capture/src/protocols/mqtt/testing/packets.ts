/** Packets of MQTT, and what is found in a connection made of them. */

import { client, dissectAll, server, type Turn } from '../../../dissect/testing/conversation.ts';
import { mqtt } from '../index.ts';

export const all = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
export const u16 = (value: number) => Uint8Array.of(value >> 8, value & 255);
export const text = (value: string | Uint8Array) =>
  all(u16(Buffer.from(value as string).length), Buffer.from(value as string));
export function variable(value: number): number[] {
  const bytes = [];
  do {
    bytes.push((value % 128) + (value >= 128 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return bytes;
}
export const packet = (type: number, flags: number, ...body: readonly Uint8Array[]): Uint8Array => {
  const bytes = all(...body);
  return all(Uint8Array.of((type << 4) | flags), Uint8Array.from(variable(bytes.length)), bytes);
};
export const properties = (...list: readonly Uint8Array[]) =>
  all(Uint8Array.from(variable(all(...list).length)), ...list);
export const none = properties();

interface Publish {
  readonly topic: string;
  readonly payload?: string | Uint8Array;
  readonly qos?: number;
  readonly id?: number;
  readonly flags?: number;
  readonly properties?: Uint8Array;
}
export const publish = ({ topic, payload = 'x', qos = 0, id = 1, flags = 0, properties: given }: Publish): Uint8Array =>
  packet(
    3,
    (qos << 1) | flags,
    text(topic),
    ...(qos > 0 ? [u16(id)] : []),
    ...(given ? [given] : []),
    Buffer.from(payload as string),
  );
export const connect = (version: 3 | 4 | 5, id = 'sensor-7') =>
  packet(
    1,
    0,
    text(version === 3 ? 'MQIsdp' : 'MQTT'),
    Uint8Array.of(version, 0xc2),
    u16(60),
    ...(version === 5 ? [properties(Uint8Array.of(22), text('s3cret'))] : []),
    text(id),
    text('app'),
    text('s3cret'),
  );
export const connack = (version: 3 | 4 | 5, code = 0) =>
  packet(2, 0, Uint8Array.of(0, code), ...(version === 5 ? [none] : []));
export const ack = (type: number, id: number, ...rest: readonly number[]) =>
  packet(type, type === 6 ? 2 : 0, u16(id), Uint8Array.from(rest));
export const open = (version: 3 | 4 | 5): Turn[] => [client(connect(version)), server(connack(version))];
/** What is found after the connection is open. */
export const calls = (version: 3 | 4 | 5, ...turns: Turn[]) => dissectAll(mqtt, [...open(version), ...turns]).slice(1);
