/** Sealed records whose key is not known yet: keys may come a moment later than the packets they open. */

import type { Side } from '../../dissect/dissector.ts';
import type { KeyStore } from '../../tls/key-store.ts';
import type { TlsRecord } from './wire.ts';

/** Held for one connection: the rest of a handshake and a first request; its keys come within milliseconds or not at all. */
export const MAX_HELD_BYTES = 64 * 1024;

interface Held {
  readonly side: Side;
  /** null stands for bytes that were lost. */
  readonly record: TlsRecord | null;
}

export class HeldRecords {
  readonly #store: KeyStore;
  #records: Held[] = [];
  #bytes = 0;
  #gaveUp = false;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** May holding begin? Not without any hope of keys, and not again after it was given up. */
  start(): boolean {
    return this.#store.mayHaveKeys && !this.#gaveUp;
  }

  /** Keeps a copy; false when a limit is reached. */
  add(side: Side, record: TlsRecord | null): boolean {
    const size = record?.fragment.length ?? 0;
    if (this.#bytes + size > MAX_HELD_BYTES || !this.#store.reserve(size)) return false;
    this.#bytes += size;
    this.#records.push({ side, record: record === null ? null : { ...record, fragment: record.fragment.slice() } });
    return true;
  }

  /** Offers the records in order until one is refused. */
  retry(take: (side: Side, record: TlsRecord | null) => boolean): void {
    if (this.#records.length === 0) return;
    let taken = 0;
    for (const { side, record } of this.#records) {
      if (!take(side, record)) break;
      taken++;
    }
    if (taken === 0) return;
    const size = this.#records.slice(0, taken).reduce((sum, { record }) => sum + (record?.fragment.length ?? 0), 0);
    this.#records = this.#records.slice(taken);
    this.#bytes -= size;
    this.#store.release(size);
  }

  /** Forgets everything: the connection stays closed to us. */
  drop(): void {
    this.#store.release(this.#bytes);
    this.#records = [];
    this.#bytes = 0;
    this.#gaveUp = true;
  }
}
