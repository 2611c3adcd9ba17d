/** What the engine saw and what it could not read, by reason: the answer to "why do I see nothing". */

export class EngineCounters {
  packets = 0;
  /** Frames the decoder could not turn into a packet, by its reason. */
  readonly skipped = new Map<string, number>();
  /** IP packets of protocols nobody reads, by IANA number. */
  readonly otherProtocols = new Map<number, number>();
  tcpPackets = 0;
  udpPackets = 0;
  icmpPackets = 0;
  sctpPackets = 0;
  tcpFlows = 0;
  udpFlows = 0;
  sctpFlows = 0;
  calls = 0;
  /** Places where bytes of a stream are missing, and how many. */
  gaps = 0;
  lostBytes = 0;
  /** Flows given up because a limit was reached. */
  evictedFlows = 0;
  /** Bodies of open calls that were cut because those of all calls had reached their limit. */
  cutBodies = 0;
  /** Sums over ended connections. */
  retransmissions = 0;
  duplicates = 0;
  outOfOrder = 0;
  overlaps = 0;
  keepAlives = 0;
  zeroWindows = 0;
  /** Connections by protocol, counted when they end; `unknown` for those nobody read. */
  readonly connections = new Map<string, number>();
  /** Faults and oddities by `protocol: name`. */
  readonly faults = new Map<string, number>();
  /** Bytes of unrecognised streams by server port. */
  readonly unknownBytes = new Map<number, number>();
}

/** More names than this are hostile; the rest is counted as one. */
const MAX_NAMES = 512;

/** Adds to a counter whose names come from the wire. */
export function increase<Name extends string | number>(counts: Map<Name, number>, name: Name, by = 1): void {
  const count = counts.get(name);
  if (count === undefined && counts.size >= MAX_NAMES) return;
  counts.set(name, (count ?? 0) + by);
}
