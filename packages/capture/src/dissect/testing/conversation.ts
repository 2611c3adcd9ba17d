/** Runs a session over a conversation without packets: how protocol authors test theirs. */

import type { Micros } from '@kubeshark/model';
import { NameTable } from '../../names/name-table.ts';
import type { Direction } from '../../reassembly/flow-table.ts';
import { KeyStore } from '../../tls/key-store.ts';
import { ByteStream } from '../byte-stream.ts';
import { DatagramStream } from '../datagram-stream.ts';
import type { CloseReason, Description, Dissector, Exchange, Side } from '../dissector.ts';
import { defaultLimits, type EngineLimits } from '../limits.ts';
import { Recognition } from '../recognition.ts';
import type { Borrower } from '../stream-services.ts';
import { misreports } from './written.ts';

/** Bytes one side sends at once; `lost` says how many are missing instead. */
export interface Turn {
  readonly side: Side;
  readonly bytes: Uint8Array;
  readonly lost?: number;
  /** Microseconds; without it each turn comes 1 ms after the one before. */
  readonly at?: Micros;
}

/** An exchange as plain data. */
export type Dissected = Omit<Exchange, 'describe' | 'endpoint'> &
  Description & { readonly anomalies?: readonly string[] };

export interface DissectOptions {
  readonly transport?: 'tcp' | 'udp' | 'sctp';
  readonly clientPort?: number;
  readonly serverPort?: number;
  readonly midStream?: boolean;
  /** False when the handshake was not seen: both ends may be the client. */
  readonly clientKnown?: boolean;
  readonly limits?: Partial<EngineLimits>;
  readonly closed?: CloseReason;
  /** What the server was recognised as in a conversation before. */
  readonly knownAs?: Dissector;
  /** Text of a TLS key log. */
  readonly keyLog?: string;
  /** False where nothing may be kept as it lies in its chunk. */
  readonly isLending?: boolean;
  /** Takes the names of faults and oddities as they are counted. */
  readonly onFault?: (fault: string) => void;
}

export interface Dissection {
  readonly calls: readonly Dissected[];
  /** Reason why nobody reads the stream; empty while someone does. */
  readonly reason: string;
  /** Bytes that still wait after the end: always 0 unless memory leaks. */
  readonly buffered: number;
}

/** Bytes of other packets around one, as they lie in a chunk. */
const MARGIN = 3;
const POISON = 0xa5;
const PACKETS_IN_A_CHUNK = 3;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const client = (bytes: Uint8Array | string): Turn => ({ side: 'client', bytes: asBytes(bytes) });
export const server = (bytes: Uint8Array | string): Turn => ({ side: 'server', bytes: asBytes(bytes) });
export const lost = (side: Side, length: number): Turn => ({ side, bytes: new Uint8Array(0), lost: length });

const asBytes = (bytes: Uint8Array | string) => (typeof bytes === 'string' ? text(bytes) : new Uint8Array(bytes));

/** Everything found in a conversation. */
export function dissect(
  dissectors: Dissector | readonly Dissector[],
  conversation: readonly Turn[],
  options: DissectOptions = {},
): Dissection {
  const known = Array.isArray(dissectors) ? (dissectors as readonly Dissector[]) : [dissectors as Dissector];
  const calls: Dissected[] = [];
  const wrong: string[] = [];
  const budget = { used: 0 };
  const chunks: Uint8Array[] = [];
  const keys = new KeyStore();
  keys.addKeyLog(options.keyLog ?? '');
  const services = {
    recognition: recognitionOf(known, options),
    limits: { ...defaultLimits, ...options.limits },
    budget,
    keys,
    names: new NameTable(),
    dissector: (id: string) => known.find((dissector) => dissector.id === id),
    count: (_: string, fault: string) => options.onFault?.(fault),
    isLending: options.isLending ?? true,
    borrowers: [] as Borrower[],
  };
  const carrier = {
    transport: options.transport ?? 'tcp',
    ipVersion: 4 as const,
    ports: [options.clientPort ?? 40_000, options.serverPort ?? 1] as const,
    client: options.clientKnown === false ? null : (0 as Direction),
    tls: null,
    tlsMicros: null,
    emit: (exchange: Exchange, anomalies: readonly string[]) => {
      wrong.push(...misreports(exchange));
      calls.push(plain(exchange, anomalies));
    },
  };
  const start = { midStream: options.midStream ?? false };
  const stream =
    carrier.transport !== 'tcp'
      ? new DatagramStream(services, carrier, start)
      : new ByteStream(services, carrier, start);
  let now = 0;
  for (const [index, { side, bytes, lost: missing, at }] of conversation.entries()) {
    now = at ?? now + 1000;
    const direction = side === 'client' ? 0 : 1;
    // Every packet lies somewhere in a chunk, and what lay in it is gone with the chunk.
    const chunk = new Uint8Array(bytes.length + 2 * MARGIN).fill(POISON);
    chunk.set(bytes, MARGIN);
    chunks.push(chunk);
    const range = { start: MARGIN, end: MARGIN + bytes.length, at: now };
    if (missing === undefined) stream.take(direction, chunk, range);
    else if (stream instanceof ByteStream) stream.lose(direction, missing, now);
    if (index % PACKETS_IN_A_CHUNK !== PACKETS_IN_A_CHUNK - 1) continue;
    for (const borrower of services.borrowers.splice(0)) borrower.giveBack();
    for (const gone of chunks.splice(0)) gone.fill(POISON);
  }
  stream.close(now, options.closed ?? 'fin');
  // Not thrown where it is found: the engine would contain it.
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return { calls, reason: stream.reason, buffered: budget.used };
}

function recognitionOf(dissectors: readonly Dissector[], { serverPort = 1, knownAs }: DissectOptions): Recognition {
  const recognition = new Recognition(dissectors);
  if (knownAs !== undefined) recognition.remember(knownAs, serverPort);
  return recognition;
}

/** The calls of a conversation as plain data. */
export function dissectAll(
  dissectors: Dissector | readonly Dissector[],
  conversation: readonly Turn[],
  options?: DissectOptions,
): readonly Dissected[] {
  return dissect(dissectors, conversation, options).calls;
}

/** The same bytes in pieces of the given sizes, repeated as often as needed; each keeps its turn's time. */
export function recut(conversation: readonly Turn[], sizes: readonly number[]): Turn[] {
  const pieces: Turn[] = [];
  let next = 0;
  for (const [index, turn] of conversation.entries()) {
    const at = turn.at ?? (index + 1) * 1000;
    if (turn.lost !== undefined) pieces.push({ ...turn, at });
    for (let start = 0; start < turn.bytes.length; ) {
      const end = start + Math.max(1, sizes[next++ % sizes.length] ?? 1);
      pieces.push({ side: turn.side, bytes: turn.bytes.subarray(start, end), at });
      start = end;
    }
  }
  return pieces;
}

function plain(exchange: Exchange, anomalies: readonly string[]): Dissected {
  const { protocol, requestStart, requestEnd, responseStart, responseEnd } = exchange;
  const { requestSize, responseSize, status, error, gap, truncated } = exchange;
  return {
    protocol,
    requestStart,
    requestEnd,
    responseStart,
    responseEnd,
    requestSize,
    responseSize,
    status,
    error,
    gap,
    truncated,
    ...exchange.describe(),
    ...(anomalies.length > 0 && { anomalies }),
  };
}
