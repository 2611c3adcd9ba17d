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

export class Failures {
  private readonly rows = new Map<string, FailureStatistics & { calls: number }>();

  add(call: Call): void {
    const { protocol, status } = call.exchange;
    const { ip, port } = call.flow.endpoint('server');
    const key = `${protocol} ${status ?? ''} ${ip} ${port}`;
    const row = this.rows.get(key);
    if (row !== undefined) {
      row.calls++;
    } else if (this.rows.size < MAX_ROWS) {
      this.rows.set(key, { protocol, status: String(status ?? ''), server: ip, port, calls: 1, first: wordsOf(call) });
    }
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
