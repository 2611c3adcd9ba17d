/**
 * Every bound the engine keeps, in one place. What comes off a wire is hostile: without these one peer could fill the
 * memory of the whole agent. Times are packet time, never the clock's, so a file behaves as the live traffic did.
 */

import type { Micros } from '@kubeshark/model';

const SECOND = 1_000_000;

export interface EngineLimits {
  /** TCP connections held at once; a flood of half-open ones pushes out the longest idle. */
  readonly maxTcpFlows: number;
  /** UDP address pairs held at once. */
  readonly maxUdpFlows: number;
  /** Bytes of unread and out-of-order data over all streams; above it the longest idle streams lose theirs. */
  readonly maxBufferedBytes: number;
  /** Unread bytes of one direction: the longest message a protocol may ask to see whole. */
  readonly maxMessageBytes: number;
  /** Out-of-order bytes of one direction that wait for a hole to fill. */
  readonly maxHeldBytes: number;
  /** First bytes of each direction looked at for recognition. */
  readonly maxProbeBytes: number;
  /** Datagrams of one pair of ends offered to recognition. */
  readonly maxProbeDatagrams: number;
  /** Unreadable places in one stream before it is given up. */
  readonly maxFaults: number;
  /** Streams carried inside one connection, each inside the other. */
  readonly maxCarryDepth: number;
  /** How long a hole waits when the other end has acknowledged what is missing: time for captured packets to change places. */
  readonly reorderMicros: Micros;
  /** How long a hole waits for a retransmission. */
  readonly holeMicros: Micros;
  /** A SYN without an answer for this long is a failed connect. */
  readonly connectMicros: Micros;
  /** A connection without packets for this long is over. */
  readonly tcpIdleMicros: Micros;
  /** A closed connection is remembered this long, for late packets. */
  readonly lingerMicros: Micros;
  /** A pair of UDP ends without packets for this long is over. */
  readonly udpIdleMicros: Micros;
  /** Body bytes kept of each half of a call (`tap.maxCapturedSize`). */
  readonly maxBodyBytes: number;
  /** Calls waiting for their response on one stream. */
  readonly maxPending: number;
}

export const defaultLimits: EngineLimits = {
  // About 1 kB each with its stream: 64 MB when full.
  maxTcpFlows: 65_536,
  // A busy node resolver sees some thousands in a minute.
  maxUdpFlows: 32_768,
  maxBufferedBytes: 64 * 1024 * 1024,
  // Kafka's default largest request is 1 MB; anything bulky is read as parts.
  maxMessageBytes: 4 * 1024 * 1024,
  // More than a receive window of most connections: a hole that outlives it will not be filled.
  maxHeldBytes: 1024 * 1024,
  // Long enough for the first head of a request, short enough to hold for every connection at once.
  maxProbeBytes: 4096,
  maxProbeDatagrams: 8,
  maxFaults: 16,
  // TLS in CONNECT in TLS is three.
  maxCarryDepth: 4,
  reorderMicros: 50_000,
  // Two retransmissions at the smallest timeout Linux uses (200 ms, then 400 ms).
  holeMicros: SECOND,
  // Linux sends SYN again after 1, 3 and 7 s.
  connectMicros: 10 * SECOND,
  // Longer than the keep-alive of common servers and pools (75 s to 5 min); pooled connections that wake up later are
  // picked up mid-stream.
  tcpIdleMicros: 600 * SECOND,
  lingerMicros: 2 * SECOND,
  udpIdleMicros: 60 * SECOND,
  maxBodyBytes: 512 * 1024,
  maxPending: 1024,
};
