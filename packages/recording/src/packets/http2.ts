/** An HTTP/2 call as frames (RFC 9113), header fields as literals that need no table (RFC 7541 §6.2.2). */

import type { Entry } from '@kubeshark/model';
import { bodyBytes } from '../export/body-bytes.ts';
import { headerOf, headerPairs, httpMethodOf, httpStatusOf } from '../export/headers.ts';
import { targetOf } from './http1.ts';
import type { ConnectionState, Payload } from './payload.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;
/** The largest frame every peer takes (RFC 9113 §4.2). */
const MAX_FRAME_BYTES = 16_384;

/** Bodies stand decoded; gRPC's messages are as they were, and so is what describes them. */
const encodingHeaders = new Set(['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'host']);

type Field = readonly [name: string, value: string];

export function http2Payload(entry: Entry, state: ConnectionState): Payload {
  const isFirst = state.nextStream === 0;
  const stream = isFirst ? 1 : state.nextStream;
  state.nextStream = stream + 2;
  const { request, response } = entry;
  const settings = frame(SETTINGS, 0, 0, new Uint8Array(0));
  const client = request === null ? [] : message(stream, requestFields(entry), bodyBytes(request.body), []);
  const server =
    response === null ? [] : message(stream, responseFields(entry), bodyBytes(response.body), trailersOf(entry));
  return {
    client: Buffer.concat([...(isFirst ? [Buffer.from(PREFACE), settings] : []), ...client]),
    server: Buffer.concat([...(isFirst ? [settings] : []), ...server]),
  };
}

function requestFields(entry: Entry): Field[] {
  const { request, connection, dst } = entry;
  const authority =
    headerOf(request?.headers, ':authority') ??
    headerOf(request?.headers, 'host') ??
    /^[a-z]+:\/\/([^/?#]+)/i.exec(request?.url ?? '')?.[1] ??
    `${dst.ip}:${dst.port}`;
  return [
    [':method', httpMethodOf(entry)],
    [':scheme', connection.tls === undefined ? 'http' : 'https'],
    [':authority', authority],
    [':path', targetOf(entry)],
    ...plainFields(request?.headers),
  ];
}

const responseFields = (entry: Entry): Field[] => [
  [':status', String(httpStatusOf(entry) ?? 200)],
  ...plainFields(entry.response?.headers),
];

const trailersOf = ({ response }: Entry): Field[] =>
  plainFields(response?.['trailers'] as Parameters<typeof headerPairs>[0]);

const plainFields = (headers: Parameters<typeof headerPairs>[0]): Field[] =>
  headerPairs(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !name.startsWith(':') && !encodingHeaders.has(name));

function message(stream: number, fields: readonly Field[], body: Uint8Array, trailers: readonly Field[]): Uint8Array[] {
  const endsWithHead = body.length === 0 && trailers.length === 0;
  const frames = headerFrames(stream, fields, endsWithHead);
  for (let at = 0; at < body.length; at += MAX_FRAME_BYTES) {
    const end = Math.min(at + MAX_FRAME_BYTES, body.length);
    const isLast = end === body.length && trailers.length === 0;
    frames.push(frame(DATA, isLast ? END_STREAM : 0, stream, body.subarray(at, end)));
  }
  if (trailers.length > 0) frames.push(...headerFrames(stream, trailers, true));
  return frames;
}

function headerFrames(stream: number, fields: readonly Field[], endsStream: boolean): Uint8Array[] {
  const block = Buffer.concat(fields.map(literal));
  const frames: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME_BYTES) {
    const part = block.subarray(at, at + MAX_FRAME_BYTES);
    const flags = (at + part.length >= block.length ? END_HEADERS : 0) | (at === 0 && endsStream ? END_STREAM : 0);
    frames.push(frame(at === 0 ? HEADERS : CONTINUATION, flags, stream, part));
  }
  return frames;
}

function frame(type: number, flags: number, stream: number, content: Uint8Array): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUIntBE(content.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, content]);
}

/** Literal field without indexing, new name, no Huffman coding. */
const literal = ([name, value]: Field): Uint8Array => Buffer.concat([Uint8Array.of(0), text(name), text(value)]);

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits (RFC 7541 §5.1). */
function integer(value: number): Uint8Array {
  if (value < 0x7f) return Uint8Array.of(value);
  const bytes = [0x7f];
  let rest = value - 0x7f;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
