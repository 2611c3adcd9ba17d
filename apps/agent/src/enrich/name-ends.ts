/**
 * Gives entries the names of the processes at their ends. An entry whose local end is not known yet waits, with all that come
 * after it, until /proc has been looked at once; the order stays.
 */

import type { Endpoint, Entry } from '@kubeshark/model';
import type { ProcessTable } from './process-table.ts';

/** How long an entry waits for the name of an end at most. */
const MAX_WAIT_MILLIS = 300;
/** Entries that may wait for a look; beyond it they leave without names. */
const MAX_WAITING = 4096;

export class EndNamer {
  readonly #table: ProcessTable;
  readonly #onEntry: (entry: Entry) => void;
  #waiting: Entry[] = [];
  #isAsking = false;

  constructor(table: ProcessTable, onEntry: (entry: Entry) => void) {
    this.#table = table;
    this.#onEntry = onEntry;
  }

  take(entry: Entry): void {
    if (this.#waiting.length === 0 && !this.#isUnknown(entry)) {
      this.#onEntry(this.#named(entry));
      return;
    }
    this.#waiting.push(entry);
    if (this.#waiting.length >= MAX_WAITING) this.#release();
    else if (!this.#isAsking) void this.#ask();
  }

  /** Nothing more comes: what waits leaves as it is known now. */
  end(): void {
    this.#release();
  }

  /** Entries that wait leave after a look that began when they were there already, or when they have waited enough. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const asked = this.#waiting
        .flatMap(({ src, dst }) => [src, dst])
        .filter(({ ip, port }) => this.#table.isWorthAsking(ip, port));
      if (asked.length > 0) {
        const patience = new Promise<void>((resolve) => setTimeout(resolve, MAX_WAIT_MILLIS).unref());
        await Promise.race([this.#table.ask(asked.map(({ ip, port }) => [ip, port] as const)), patience]);
      }
      this.#release();
    }
    this.#isAsking = false;
  }

  #release(): void {
    const entries = this.#waiting;
    this.#waiting = [];
    for (const entry of entries) this.#onEntry(this.#named(entry));
  }

  #isUnknown({ src, dst }: Entry): boolean {
    return this.#table.isWorthAsking(src.ip, src.port) || this.#table.isWorthAsking(dst.ip, dst.port);
  }

  #named(entry: Entry): Entry {
    return { ...entry, src: this.#endpoint(entry.src), dst: this.#endpoint(entry.dst) };
  }

  #endpoint(end: Endpoint): Endpoint {
    const process = this.#table.find(end.ip, end.port);
    if (process === undefined) return end.name === undefined && end.dns !== undefined ? { ...end, name: end.dns } : end;
    return { ...end, name: end.name ?? process.name, process: process.name, pid: process.pid };
  }
}
