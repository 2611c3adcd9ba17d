/**
 * Control packets of MQTT 3.1, 3.1.1 and 5: https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901019
 *
 *   ┌──────────────┬───────────────────────────────┬──────┐
 *   │ type │ flags │ remaining length (1–4 bytes)  │ body │
 *   └──────────────┴───────────────────────────────┴──────┘
 */

import type { Parsed, Side } from '../../dissect/dissector.ts';

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const PINGRESP = 13;
export const AUTH = 15;

export const packetNames = [
  'RESERVED',
  'CONNECT',
  'CONNACK',
  'PUBLISH',
  'PUBACK',
  'PUBREC',
  'PUBREL',
  'PUBCOMP',
  'SUBSCRIBE',
  'SUBACK',
  'UNSUBSCRIBE',
  'UNSUBACK',
  'PINGREQ',
  'PINGRESP',
  'DISCONNECT',
  'AUTH',
] as const;

/** Types that a side may send (§2.1.2); the acknowledgements of publishing go both ways. */
const senders: Readonly<Record<Side, ReadonlySet<number>>> = {
  client: new Set([1, 3, 4, 5, 6, 7, 8, 10, 12, 14, 15]),
  server: new Set([2, 3, 4, 5, 6, 7, 9, 11, 13, 14, 15]),
};
/** Types whose flags are 2; version 3.1 has a DUP flag beside it. */
const flagged = new Set([PUBREL, SUBSCRIBE, UNSUBSCRIBE]);

/** By first byte: 1 where a packet of that side may begin with it. */
const beginnings: Readonly<Record<Side, Uint8Array>> = {
  client: Uint8Array.from({ length: 256 }, (_, first) => (faultOf('client', first >> 4, first & 15) === '' ? 1 : 0)),
  server: Uint8Array.from({ length: 256 }, (_, first) => (faultOf('server', first >> 4, first & 15) === '' ? 1 : 0)),
};

/** Of the remaining length, seven bits each. */
const MAX_LENGTH_BYTES = 4;
/** Packets are read whole up to this; of longer ones the beginning, and a message's payload as it comes. */
export const MAX_WHOLE_BYTES = 256 * 1024;
/** Longest topic that makes bytes believable as a PUBLISH where a stream is joined in its middle. */
export const MAX_BELIEVABLE_TOPIC = 512;

export interface Packet {
  /** `rest`: more of a packet whose beginning has been read. */
  kind: 'packet' | 'rest';
  type: number;
  flags: number;
  bytes: Uint8Array;
  /** The body, or the part of it that is here: `bytes[start, end)`. */
  start: number;
  end: number;
  /** Bytes of the body still to come. */
  left: number;
  /** Bytes on the wire of what was read. */
  size: number;
}

/** One object for all packets: a session takes what it needs before it reads on. */
const packet: Packet = {
  kind: 'packet',
  type: 0,
  flags: 0,
  bytes: new Uint8Array(0),
  start: 0,
  end: 0,
  left: 0,
  size: 0,
};
const done = { kind: 'done', value: packet, end: 0 };

export interface Expectation {
  /** Bytes of the packet before that are still to come. */
  readonly left: number;
  /** Where the bytes end; without it, all of them are meant. */
  readonly end?: number;
}

/** Reads one packet, or more of one. */
export function readPacket(side: Side, bytes: Uint8Array, offset: number, expected: Expectation): Parsed<Packet> {
  const { left, end: limit = bytes.length } = expected;
  const available = limit - offset;
  if (left > 0) {
    const size = Math.min(available, left);
    packet.kind = 'rest';
    packet.start = offset;
    packet.left = left - size;
    return taken(bytes, offset, offset + size);
  }
  const first = bytes[offset] ?? 0;
  if (beginnings[side][first] === 0) return { kind: 'bad', fault: faultOf(side, first >> 4, first & 15), at: offset };
  let value = 0;
  let start = offset + 1;
  for (let weight = 1; ; weight *= 128) {
    if (start >= limit) return { kind: 'more', atLeast: 1 };
    const byte = bytes[start++] ?? 0;
    value += (byte & 127) * weight;
    if (byte < 128) break;
    if (start === offset + 1 + MAX_LENGTH_BYTES)
      return { kind: 'bad', fault: 'invalid remaining length', at: offset + 1 };
  }
  const whole = Math.min(value, MAX_WHOLE_BYTES);
  const end = start + whole;
  if (end > limit) return { kind: 'more', atLeast: end - limit };
  packet.kind = 'packet';
  packet.type = first >> 4;
  packet.flags = first & 15;
  packet.start = start;
  packet.left = value - whole;
  return taken(bytes, offset, end);
}

function taken(bytes: Uint8Array, offset: number, end: number): Parsed<Packet> {
  // A write costs more than a look, and it is nearly always the same chunk.
  if (packet.bytes !== bytes) packet.bytes = bytes;
  packet.end = end;
  packet.size = end - offset;
  done.end = end;
  return done as Parsed<Packet>;
}

/** Is this an acknowledgement of publishing that says no more than a number and a reason (§3.4.2)? */
export const isPlainAck = ({ type, start, end, left }: Packet): boolean =>
  type >= PUBACK && type <= PUBCOMP && left === 0 && (end - start === 2 || end - start === 3);

/** Why a first byte cannot be one of this side; empty when it can. */
function faultOf(side: Side, type: number, flags: number): string {
  if (!senders[side].has(type)) return `${packetNames[type] ?? 'RESERVED'} from the ${side}`;
  if (type === PUBLISH) return (flags & 6) === 6 ? 'PUBLISH with QoS 3' : '';
  const isFine = flagged.has(type) ? (flags & 7) === 2 : flags === 0;
  return isFine ? '' : `${packetNames[type]} with flags ${flags}`;
}

/** A variable byte integer (§1.5.5): seven bits a byte, the lowest first. */
export function readVariable(bytes: Uint8Array, at: number): { value: number; end: number } | 'more' | 'bad' {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return 'more';
    value += (byte & 127) * 128 ** i;
    if (byte < 128) return { value, end: at + i + 1 };
  }
  return 'bad';
}

/**
 * Does a packet of `side` begin here? Only names of the protocol and topics are telling: packets of two or four bytes are
 * believed as far as what follows them is.
 */
export function startsWithPacket(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  let at = offset;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const type = first >> 4;
    if (faultOf(side, type, first & 15) !== '') return 'no';
    const length = readVariable(bytes, at + 1);
    if (length === 'more') return 'more';
    if (length === 'bad') return 'no';
    const { value, end: start } = length;
    const looks = looksLike(type, first & 15, bytes, start, value);
    if (looks !== 'maybe') return looks;
    at = start + value;
  }
  return 'more';
}

/** How believable one body is: `maybe` when it has the right form and says nothing. */
function looksLike(
  type: number,
  flags: number,
  bytes: Uint8Array,
  start: number,
  length: number,
): 'yes' | 'no' | 'more' | 'maybe' {
  const here = bytes.length - start;
  switch (type) {
    case CONNECT:
      return nameAt(bytes, start);
    case CONNACK:
      if (length < 2) return 'no';
      if (here < 2) return 'more';
      return (bytes[start] ?? 2) < 2 && (length > 2 || (bytes[start + 1] ?? 6) < 6) ? 'yes' : 'no';
    case PUBLISH:
      return topicAt(bytes, start, length - ((flags & 6) > 0 ? 2 : 0));
    case SUBSCRIBE:
    case UNSUBSCRIBE: {
      if (length < 5) return 'no';
      if (here < 5) return 'more';
      // Behind the packet's number stands a filter; in version 5 properties, mostly none, before it.
      const shift = bytes[start + 2] === 0 && bytes[start + 3] === 0 && length > 5 ? 3 : 2;
      return topicAt(bytes, start + shift, length - shift);
    }
    case PINGREQ:
    case PINGRESP:
      return length === 0 ? 'maybe' : 'no';
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      // Version 5 may add a reason, few add properties.
      return length >= 2 && length < 128 ? 'maybe' : 'no';
    case SUBACK:
    case UNSUBACK:
      return length >= 2 && length < 1024 ? 'maybe' : 'no';
    default:
      return length < 256 ? 'maybe' : 'no';
  }
}

/** `MQTT` of 3.1.1 and 5, `MQIsdp` of 3.1. */
function nameAt(bytes: Uint8Array, start: number): 'yes' | 'no' | 'more' {
  for (const name of ['\0\x04MQTT', '\0\x06MQIsdp']) {
    let same = 0;
    while (same < name.length && bytes[start + same] === name.charCodeAt(same)) same++;
    if (same === name.length) return 'yes';
    if (start + same >= bytes.length) return 'more';
  }
  return 'no';
}

/** A length and so much text without control characters, inside a body of `length` bytes. */
function topicAt(bytes: Uint8Array, start: number, length: number): 'yes' | 'no' | 'more' {
  if (length < 3) return 'no';
  if (start + 2 > bytes.length) return 'more';
  const size = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
  if (size === 0 || size > MAX_BELIEVABLE_TOPIC || size + 2 > length) return 'no';
  const end = start + 2 + size;
  for (let at = start + 2; at < Math.min(end, bytes.length); at++) if ((bytes[at] ?? 0) < 0x20) return 'no';
  return end <= bytes.length ? 'yes' : 'more';
}

/** Is there a packet here that ends where the bytes end, or that another packet of this side follows? */
export function isPacketBoundary(bytes: Uint8Array, offset: number, side: Side): boolean {
  const first = bytes[offset] ?? 0;
  if (faultOf(side, first >> 4, first & 15) !== '') return false;
  const length = readVariable(bytes, offset + 1);
  if (typeof length === 'string') return false;
  const looks = looksLike(first >> 4, first & 15, bytes, length.end, length.value);
  if (looks === 'yes') return true;
  if (looks !== 'maybe') return false;
  const next = length.end + length.value;
  const after = bytes[next] ?? 0;
  return next === bytes.length || (next < bytes.length && faultOf(side, after >> 4, after & 15) === '');
}
