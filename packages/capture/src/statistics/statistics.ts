/** The summary people want first of a capture: protocols, endpoints with latencies, who talks most, what went wrong. */

import type { Micros, Millis } from '@kubeshark/model';
import type { Call } from '../dissect/call.ts';
import type { EngineCounters } from '../dissect/counters.ts';
import type { Conversation } from '../dissect/flow.ts';
import { type FailureStatistics, Failures } from './failures.ts';
import { Histogram } from './histogram.ts';

/** Distinct rows of one table; calls of further ones are counted in a row named `(others)`. */
const MAX_ROWS = 5000;
const OTHERS = '(others)';

interface Tally {
  readonly calls: number;
  readonly errors: number;
  /** On the wire, both halves. */
  readonly bytes: number;
}
export interface ProtocolStatistics extends Tally {
  readonly protocol: string;
  readonly statuses: readonly { readonly status: string; readonly calls: number }[];
}
export interface EndpointStatistics extends Tally {
  readonly protocol: string;
  readonly endpoint: string;
  /** Null when no call had both halves. */
  readonly p50: Millis | null;
  readonly p95: Millis | null;
  readonly p99: Millis | null;
  readonly max: Millis | null;
}
export interface TalkerStatistics extends Tally {
  readonly client: string;
  readonly server: string;
  readonly port: number;
}
export interface CaptureSummary extends Tally {
  /** Time of the first and last call; null when there are none. */
  readonly from: Micros | null;
  readonly to: Micros | null;
  readonly packets: number;
  readonly connections: number;
  /** What failed where. */
  readonly failures: readonly FailureStatistics[];
  /** Most calls first, each table. */
  readonly protocols: readonly ProtocolStatistics[];
  readonly endpoints: readonly EndpointStatistics[];
  readonly talkers: readonly TalkerStatistics[];
  /** What was lost, odd or not read, most frequent first. */
  readonly problems: readonly { readonly problem: string; readonly count: number }[];
}

class Row {
  calls = 0;
  errors = 0;
  bytes = 0;

  add(failed: boolean, bytes: number): void {
    this.calls++;
    if (failed) this.errors++;
    this.bytes += bytes;
  }

  get tally(): Tally {
    return { calls: this.calls, errors: this.errors, bytes: this.bytes };
  }
}

class ProtocolRow extends Row {
  readonly statuses = new Map<string | number, { calls: number }>();
  /** The status of the call before, and its row. */
  lastStatus: string | number | null = null;
  lastCounted: { calls: number } | null = null;
  readonly endpoints = new Map<string, EndpointRow>();
}

class EndpointRow extends Row {
  readonly latencies = new Histogram();
  /** Whose it is. */
  readonly protocol: ProtocolRow;

  constructor(protocol: ProtocolRow) {
    super();
    this.protocol = protocol;
  }
}

class TalkerRow extends Row {
  readonly owner: Statistics;

  constructor(owner: Statistics) {
    super();
    this.owner = owner;
  }
}

export class Statistics {
  private readonly failures = new Failures();
  private readonly protocols = new Map<string, ProtocolRow>();
  private readonly talkers = new Map<string, Map<string, Map<number, TalkerRow>>>();
  /** The row of the call before: nearly always this one's too. */
  private protocol = '';
  private row = new ProtocolRow();
  private endpointRows = 0;
  private talkerRows = 0;
  private from: Micros = Infinity;
  private to: Micros = -Infinity;

  /** Takes a call; makes no entry of it. */
  add(call: Call): void {
    const { exchange } = call;
    const { error, status, requestStart, responseEnd } = exchange;
    const timestamp = requestStart === null ? call.timestamp : Math.floor(requestStart);
    const bytes = exchange.requestSize + exchange.responseSize;
    if (timestamp < this.from) this.from = timestamp;
    if (timestamp > this.to) this.to = timestamp;
    if (error) this.failures.add(call);
    const protocol = this.protocolRow(exchange.protocol);
    protocol.add(error, bytes);
    if (status !== null) countStatus(protocol, status);
    const endpoint = this.endpointOf(protocol, call);
    endpoint.add(error, bytes);
    if (requestStart !== null && responseEnd !== null) endpoint.latencies.add(responseEnd - requestStart);
    const { flow } = call;
    // The ends of a conversation are looked up once.
    const talker = flow.note instanceof TalkerRow && flow.note.owner === this ? flow.note : this.talkerOf(flow);
    talker.add(error, bytes);
  }

  /** The tables so far. */
  summary(counters: EngineCounters): CaptureSummary {
    const protocols = [...this.protocols].map(([protocol, row]) => ({
      protocol,
      ...row.tally,
      statuses: [...row.statuses]
        .map(([status, { calls }]) => ({ status: String(status), calls }))
        .sort((a, b) => b.calls - a.calls),
    }));
    const endpoints = [...this.protocols].flatMap(([protocol, row]) =>
      [...row.endpoints].map(([endpoint, { tally, latencies }]) => ({
        protocol,
        endpoint,
        ...tally,
        p50: millis(latencies.quantile(0.5)),
        p95: millis(latencies.quantile(0.95)),
        p99: millis(latencies.quantile(0.99)),
        max: latencies.count === 0 ? null : millis(latencies.max),
      })),
    );
    const talkers = [...this.talkers].flatMap(([client, servers]) =>
      [...servers].flatMap(([server, ports]) =>
        [...ports].map(([port, { tally }]) => ({ client, server, port, ...tally })),
      ),
    );
    return {
      ...sumOf(protocols),
      from: Number.isFinite(this.from) ? this.from : null,
      to: Number.isFinite(this.to) ? this.to : null,
      packets: counters.packets,
      connections: counters.tcpFlows + counters.udpFlows + counters.sctpFlows,
      failures: this.failures.all(),
      protocols: mostCallsFirst(protocols),
      endpoints: mostCallsFirst(endpoints),
      talkers: mostCallsFirst(talkers),
      problems: problemsOf(counters),
    };
  }

  private protocolRow(protocol: string): ProtocolRow {
    if (protocol === this.protocol) return this.row;
    this.protocol = protocol;
    this.row = this.protocols.get(protocol) ?? new ProtocolRow();
    this.protocols.set(protocol, this.row);
    return this.row;
  }

  private talkerOf(flow: Conversation): TalkerRow {
    const row = this.talkerRow(flow.endpoint('client').ip, flow.endpoint('server'));
    flow.note = row;
    return row;
  }

  /** The row of a call's endpoint, looked up once for each group of calls. */
  private endpointOf(protocol: ProtocolRow, call: Call): EndpointRow {
    const group = call.exchange.group?.() ?? null;
    if (group === null) return this.endpointRow(protocol, call.endpoint);
    const { note } = group;
    if (note instanceof EndpointRow && note.protocol === protocol) return note;
    const row = this.endpointRow(protocol, group.endpoint);
    group.note = row;
    return row;
  }

  private endpointRow(protocol: ProtocolRow, endpoint: string): EndpointRow {
    const known = protocol.endpoints.get(endpoint);
    if (known !== undefined) return known;
    if (this.endpointRows >= MAX_ROWS && endpoint !== OTHERS) return this.endpointRow(protocol, OTHERS);
    const row = new EndpointRow(protocol);
    protocol.endpoints.set(endpoint, row);
    this.endpointRows++;
    return row;
  }

  private talkerRow(client: string, { ip, port }: { readonly ip: string; readonly port: number }): TalkerRow {
    const known = this.talkers.get(client)?.get(ip)?.get(port);
    if (known !== undefined) return known;
    if (this.talkerRows >= MAX_ROWS && client !== OTHERS) return this.talkerRow(OTHERS, { ip: OTHERS, port: 0 });
    const servers = this.talkers.get(client) ?? new Map<string, Map<number, TalkerRow>>();
    const ports = servers.get(ip) ?? new Map<number, TalkerRow>();
    const row = new TalkerRow(this);
    this.talkers.set(client, servers.set(ip, ports.set(port, row)));
    this.talkerRows++;
    return row;
  }
}

/** Statuses of one protocol; a hostile server may invent them. */
const MAX_STATUSES = 100;

function countStatus(row: ProtocolRow, status: string | number): void {
  if (row.lastCounted === null || row.lastStatus !== status) {
    row.lastCounted = statusOf(row.statuses, status);
    row.lastStatus = status;
  }
  row.lastCounted.calls++;
}

function statusOf(statuses: ProtocolRow['statuses'], status: string | number): { calls: number } {
  const known = statuses.get(status);
  if (known !== undefined) return known;
  if (statuses.size >= MAX_STATUSES && status !== OTHERS) return statusOf(statuses, OTHERS);
  const counted = { calls: 0 };
  statuses.set(status, counted);
  return counted;
}

function sumOf(rows: readonly Tally[]): Tally {
  const sum = { calls: 0, errors: 0, bytes: 0 };
  for (const { calls, errors, bytes } of rows) {
    sum.calls += calls;
    sum.errors += errors;
    sum.bytes += bytes;
  }
  return sum;
}

function mostCallsFirst<R extends Tally>(rows: readonly R[]): readonly R[] {
  return rows.toSorted((a, b) => b.calls - a.calls);
}

function millis(micros: Micros | null): Millis | null {
  return micros === null ? null : micros / 1000;
}

function problemsOf(counters: EngineCounters): CaptureSummary['problems'] {
  const { gaps, lostBytes, evictedFlows, cutBodies } = counters;
  const { retransmissions, duplicates, outOfOrder, overlaps, zeroWindows } = counters;
  const named: readonly (readonly [string, number])[] = [
    ['places with lost bytes', gaps],
    ['lost bytes', lostBytes],
    ['connections pushed out by a limit', evictedFlows],
    ['bodies cut, too many were open', cutBodies],
    ['retransmitted segments', retransmissions],
    ['packets seen twice', duplicates],
    ['segments out of order', outOfOrder],
    ['overlapping segments', overlaps],
    ['closed receive windows', zeroWindows],
    ...[...counters.skipped].map(([reason, count]) => [`frame not read: ${reason}`, count] as const),
    ...[...counters.otherProtocols].map(([number, count]) => [`IP protocol ${number} not read`, count] as const),
    ...counters.faults,
  ];
  return named
    .filter(([, count]) => count > 0)
    .map(([problem, count]) => ({ problem, count }))
    .sort((a, b) => b.count - a.count);
}
