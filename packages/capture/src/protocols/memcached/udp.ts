/**
 * Datagrams (protocol.txt, "UDP protocol"): a number of the request, of the datagram, how many there are, and zero (which some clients
 * do not write); then what
 * is said over TCP. A request is one datagram, a reply may be several, in any order.
 */

import type { Parsed, Session, SessionContext, Side, Span } from '../../dissect/dissector.ts';
import { Lane } from './lane.ts';
import { readAny, startsWithAny } from './read.ts';

const UDP_HEAD_BYTES = 8;
/** Datagrams of one reply: 1,400 bytes each, more than any item has by default. */
const MAX_DATAGRAMS = 1024;
/** Requests that wait for their reply between two ends. */
const MAX_REQUESTS = 256;

export interface Datagram {
  readonly id: number;
  readonly sequence: number;
  readonly total: number;
  /** The last two bytes of its header are zero. */
  readonly isStrict: boolean;
  readonly bytes: Uint8Array;
}

function readDatagram(bytes: Uint8Array, offset: number): Parsed<Datagram> {
  if (bytes.length - offset < UDP_HEAD_BYTES)
    return { kind: 'more', atLeast: UDP_HEAD_BYTES - (bytes.length - offset) };
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, UDP_HEAD_BYTES);
  const [id, sequence, total, reserved] = [0, 2, 4, 6].map((at) => view.getUint16(at)) as [
    number,
    number,
    number,
    number,
  ];
  if (sequence >= total || total > MAX_DATAGRAMS) return { kind: 'bad', fault: 'no datagram header', at: offset };
  const value = { id, sequence, total, isStrict: reserved === 0, bytes: bytes.subarray(offset + UDP_HEAD_BYTES) };
  return { kind: 'done', value, end: bytes.length };
}

/** A first datagram with something of either protocol behind its header. */
export function isDatagram(bytes: Uint8Array, side: Side): boolean {
  const parsed = readDatagram(bytes, 0);
  if (parsed.kind !== 'done') return false;
  const { sequence, total, isStrict } = parsed.value;
  if (sequence !== 0 || (side === 'client' && total !== 1)) return false;
  const looks = startsWithAny(bytes, UDP_HEAD_BYTES, side);
  return looks === 'yes' || (looks === 'more' && isStrict && bytes.at(-1) === 10);
}

interface Request {
  readonly lane: Lane;
  readonly parts: (Uint8Array | undefined)[];
  first: number;
}

export class DatagramSession implements Session<Datagram> {
  readonly #context: SessionContext;
  readonly #requests = new Map<number, Request>();

  constructor(context: SessionContext) {
    this.#context = context;
  }

  read(_side: Side, bytes: Uint8Array, offset: number, end: number = bytes.length): Parsed<Datagram> {
    return readDatagram(end === bytes.length ? bytes : bytes.subarray(0, end), offset);
  }

  message(side: Side, { id, sequence, total, bytes }: Datagram, span: Span): void {
    if (side === 'client') {
      this.#requests.get(id)?.lane.flush(undefined);
      this.#requests.delete(id);
    }
    const request = this.#request(id, span);
    if (total === 1) return this.#say(side, request, bytes, span);
    if (side === 'client') return;
    request.parts.length = total;
    request.parts[sequence] = bytes.slice();
    const parts = Array.from(request.parts).filter((part) => part !== undefined);
    if (parts.length < total) return;
    this.#requests.delete(id);
    this.#say(side, request, Buffer.concat(parts), { first: request.first, last: span.last });
  }

  gap(): 'lost' {
    return 'lost';
  }

  resync(): number {
    return -1;
  }

  close(): void {
    for (const { lane } of this.#requests.values()) lane.flush('no reply');
    this.#requests.clear();
  }

  #request(id: number, { first }: Span): Request {
    const known = this.#requests.get(id);
    if (known !== undefined) return known;
    if (this.#requests.size >= MAX_REQUESTS) {
      this.#context.anomaly('memcached: too many requests wait for a reply');
      for (const { lane } of this.#requests.values()) lane.flush(undefined);
      this.#requests.clear();
    }
    const request: Request = { lane: new Lane(this.#context), parts: [], first };
    this.#requests.set(id, request);
    return request;
  }

  #say(side: Side, { lane }: Request, bytes: Uint8Array, span: Span): void {
    for (let at = 0; at < bytes.length; ) {
      const parsed = readAny(side, bytes, at);
      if (parsed.kind !== 'done') return this.#context.anomaly('memcached: a datagram that ends too early');
      const { value, end } = parsed;
      at = end;
      if (value.kind === 'command') lane.command(value, span);
      else if (value.kind === 'reply') lane.reply(value, span);
    }
  }
}
