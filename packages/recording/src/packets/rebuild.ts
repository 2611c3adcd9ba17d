/**
 * Packets for calls whose own were not kept: each connection with a handshake, each call's bytes as segments. What was
 * inside TLS stands in plain text. Calls come in the order they ended, and so they stand in the file.
 */

import { addressBytes, type FrameToWrite } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import { http1Payload } from './http1.ts';
import { http2Payload } from './http2.ts';
import type { ConnectionState, Payload } from './payload.ts';
import { redisPayload } from './redis.ts';
import { ACK, type End, PUSH, SYN, segmentBytes } from './segments.ts';
import { webSocketPayload } from './web-socket.ts';

/** Connections whose sequence numbers are remembered; one that comes back after that begins with a new handshake. */
export const MAX_CONNECTIONS = 20_000;
/** What a segment carries: with its headers still an IP packet. */
const SEGMENT_BYTES = 32_768;
/** Of a handshake whose time is not known. */
const DEFAULT_HANDSHAKE_MICROS = 100;

interface Connection extends ConnectionState {
  readonly client: End;
  readonly server: End;
  clientSequence: number;
  serverSequence: number;
}

export class PacketRebuilder {
  readonly #connections = new Map<string, Connection>();
  /** Calls without packets, by protocol. */
  readonly missing: Record<string, number> = {};

  /** The frames of one call; none when its bytes cannot be made again, which is counted. */
  frames(entry: Entry): readonly FrameToWrite[] {
    const connection = this.#connectionOf(entry);
    const payload = connection === undefined ? undefined : payloadOf(entry, connection);
    if (connection === undefined || payload === undefined) {
      this.missing[entry.protocol] = (this.missing[entry.protocol] ?? 0) + 1;
      return [];
    }
    const frames: FrameToWrite[] = [];
    const begin = Math.floor(entry.timestamp);
    const end = begin + Math.round((entry.latency ?? 0) * 1000);
    if (connection.clientSequence === 0) handshake(frames, connection, entry);
    send(frames, connection, { isClient: true, bytes: payload.client, at: begin });
    send(frames, connection, { isClient: false, bytes: payload.server, at: end });
    return frames;
  }

  #connectionOf({ connection, src, dst }: Entry): Connection | undefined {
    const known = this.#connections.get(connection.id);
    if (known !== undefined) return known;
    const [client, server] = [src, dst].map(({ ip, port }) => ({ address: addressBytes(ip), port }));
    if (connection.transport !== 'tcp' || !isEnd(client) || !isEnd(server)) return undefined;
    if (client.address.length !== server.address.length) return undefined;
    const made: Connection = { client, server, clientSequence: 0, serverSequence: 0, nextStream: 0 };
    this.#connections.set(connection.id, made);
    if (this.#connections.size > MAX_CONNECTIONS) {
      const [oldest] = this.#connections.keys();
      if (oldest !== undefined) this.#connections.delete(oldest);
    }
    return made;
  }
}

const isEnd = (end: { address: Uint8Array | undefined; port: number } | undefined): end is End =>
  end?.address !== undefined && Number.isInteger(end.port) && end.port >= 0 && end.port <= 65_535;

function payloadOf(entry: Entry, connection: Connection): Payload | undefined {
  const { protocols, request, response } = entry;
  if (protocols.includes('ws')) return webSocketPayload(entry);
  if (protocols.includes('redis')) return redisPayload(entry);
  // A server-sent event is a part of a response that has its own call.
  if (protocols.includes('sse')) return undefined;
  const version = (request ?? response)?.['httpVersion'];
  if (protocols.includes('http2') || version === '2') return http2Payload(entry, connection);
  return protocols.includes('http') ? http1Payload(entry) : undefined;
}

function handshake(frames: FrameToWrite[], connection: Connection, { timestamp, connection: facts }: Entry): void {
  const took = Math.max(3, Math.round((facts.handshakeMillis ?? 0) * 1000) || DEFAULT_HANDSHAKE_MICROS);
  const at = Math.floor(timestamp) - took - 1;
  const { client, server } = connection;
  const nothing = new Uint8Array(0);
  const put = (segment: Parameters<typeof segmentBytes>[0], when: number) => frames.push(frameOf(segment, when));
  put({ from: client, to: server, sequence: 0, acknowledged: 0, flags: SYN, payload: nothing }, at);
  put({ from: server, to: client, sequence: 0, acknowledged: 1, flags: SYN | ACK, payload: nothing }, at + took - 1);
  put({ from: client, to: server, sequence: 1, acknowledged: 1, flags: ACK, payload: nothing }, at + took);
  connection.clientSequence = 1;
  connection.serverSequence = 1;
}

interface Said {
  readonly isClient: boolean;
  readonly bytes: Uint8Array;
  readonly at: number;
}

function send(frames: FrameToWrite[], connection: Connection, { isClient, bytes, at }: Said): void {
  const { client, server } = connection;
  for (let from = 0; from < bytes.length; from += SEGMENT_BYTES) {
    const payload = bytes.subarray(from, from + SEGMENT_BYTES);
    const [sequence, acknowledged] = isClient
      ? [connection.clientSequence, connection.serverSequence]
      : [connection.serverSequence, connection.clientSequence];
    const ends = isClient ? { from: client, to: server } : { from: server, to: client };
    frames.push(frameOf({ ...ends, sequence, acknowledged, flags: ACK | PUSH, payload }, at));
    if (isClient) connection.clientSequence = (sequence + payload.length) >>> 0;
    else connection.serverSequence = (sequence + payload.length) >>> 0;
  }
}

function frameOf(segment: Parameters<typeof segmentBytes>[0], at: number): FrameToWrite {
  const bytes = segmentBytes(segment);
  return { bytes, start: 0, end: bytes.length, at, originalLength: bytes.length, interfaceId: 0 };
}
