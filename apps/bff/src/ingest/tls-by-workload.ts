/** TLS connections that were seen and those of them that were decrypted, for each server: where keys are missing. */

import type { TlsOfWorkload } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';

/** Names come from the wire, and each stays; what comes later is counted as one. */
const MAX_WORKLOADS = 1_000;
const OTHER = 'other';

interface Counts {
  connections: number;
  decrypted: number;
}

/** Of a decrypted connection its first call; one that stays closed is told as one entry of its own. */
const isConnection = ({ connection, protocol }: Entry): boolean =>
  connection.tls !== undefined && (connection.tls.decrypted === true ? connection.index === 0 : protocol === 'tls');

export class TlsByWorkload {
  /** By namespace and workload. */
  readonly #counts = new Map<string, Map<string, Counts>>();
  #size = 0;

  note(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!isConnection(entry)) continue;
      const { namespace = '', workload, service, name, ip } = entry.dst;
      const counts = this.#of(namespace, workload ?? service ?? name ?? ip);
      counts.connections += 1;
      if (entry.connection.tls?.decrypted === true) counts.decrypted += 1;
    }
  }

  /** Most connections that stayed closed first. */
  list(): TlsOfWorkload[] {
    const all = [...this.#counts].flatMap(([namespace, workloads]) =>
      [...workloads].map(([workload, counts]) => ({ namespace, workload, ...counts })),
    );
    return all.toSorted(byClosed);
  }

  #of(namespace: string, workload: string): Counts {
    const known = this.#counts.get(namespace)?.get(workload);
    if (known !== undefined) return known;
    if (this.#size >= MAX_WORKLOADS && workload !== OTHER) return this.#of('', OTHER);
    const made = { connections: 0, decrypted: 0 };
    const workloads = this.#counts.get(namespace) ?? new Map<string, Counts>();
    this.#counts.set(namespace, workloads.set(workload, made));
    this.#size += 1;
    return made;
  }
}

const closed = ({ connections, decrypted }: Counts): number => connections - decrypted;
const byClosed = (a: TlsOfWorkload, b: TlsOfWorkload): number => closed(b) - closed(a) || b.connections - a.connections;

/** What several hubs have counted, together. */
export function addTls(a: readonly TlsOfWorkload[], b: readonly TlsOfWorkload[]): TlsOfWorkload[] {
  const sum = new Map<string, TlsOfWorkload>();
  for (const each of [...a, ...b]) {
    const key = `${each.namespace}/${each.workload}`;
    const { connections = 0, decrypted = 0 } = sum.get(key) ?? {};
    sum.set(key, { ...each, connections: connections + each.connections, decrypted: decrypted + each.decrypted });
  }
  return [...sum.values()].toSorted(byClosed);
}
