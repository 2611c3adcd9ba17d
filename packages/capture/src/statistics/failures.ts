/** Failed calls by what failed where: the table somebody on call reads first. */

import type { Call } from '../dissect/call.ts';

/** Distinct rows; failures of further ones are in the other tables only. */
const MAX_ROWS = 500;

export interface FailureStatistics {
  readonly protocol: string;
  /** Empty where the protocol has none. */
  readonly status: string;
  readonly server: string;
  readonly port: number;
  readonly calls: number;
  /** The first of them in words. */
  readonly first: string;
}

type Row = FailureStatistics & { calls: number };

export class Failures {
  private readonly rows = new Map<string, Row>();
  /** The one counted last: where something fails, it fails again and again. */
  private last: Row | null = null;
  private lastStatus: number | string | null = null;

  add(call: Call): void {
    const { protocol, status } = call.exchange;
    const { ip, port } = call.flow.endpoint('server');
    const { last } = this;
    const isLast = last !== null && status === this.lastStatus && port === last.port && protocol === last.protocol;
    if (isLast && ip === last.server) last.calls++;
    else this.addTo(`${protocol} ${status ?? ''} ${ip} ${port}`, call, { ip, port });
  }

  private addTo(key: string, call: Call, { ip, port }: { readonly ip: string; readonly port: number }): void {
    const { protocol, status } = call.exchange;
    let row = this.rows.get(key);
    if (row === undefined) {
      if (this.rows.size >= MAX_ROWS) return;
      row = { protocol, status: String(status ?? ''), server: ip, port, calls: 0, first: wordsOf(call) };
      this.rows.set(key, row);
    }
    row.calls++;
    this.last = row;
    this.lastStatus = status;
  }

  /** Most calls first. */
  all(): readonly FailureStatistics[] {
    return [...this.rows.values()].toSorted((a, b) => b.calls - a.calls);
  }
}

/** `connection reset: GET /cart`: why it failed, where that is told, and what was asked. */
function wordsOf(call: Call): string {
  const { summary, errorText } = call.describe();
  return errorText === undefined || summary.includes(errorText) ? summary : `${errorText}: ${summary}`;
}
