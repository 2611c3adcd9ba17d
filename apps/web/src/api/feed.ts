/**
 * The entries a page looks at, outside React: the newest page of the store, older pages on demand, and while the range is
 * live the stream. Readers are told at most once a frame.
 */

import type { LiveCounts, LiveMode, LiveServerMessage } from '@kubeshark/contract';
import type { EntryRow, Micros } from '@kubeshark/model';
import { Ring } from '../lib/ring.ts';
import { isFollowing } from '../lib/time-range.ts';
import type { Api } from './api.ts';
import { type Connection, LiveSocket, liveAddress, type OpenSocket } from './live-socket.ts';
import { type FeedScope, micros, searchPage } from './page-search.ts';

/** Rows held: about 25 MB; older ones are read from the store again when scrolled to in a fixed range. */
const MAX_ROWS = 50_000;

export interface FeedSnapshot {
  /** Rises with every change of the rows. */
  readonly version: number;
  readonly connection: Connection;
  readonly mode: LiveMode;
  readonly counts: LiveCounts;
  readonly paused: boolean;
  /** A page is on its way: the first one, or an older one. */
  readonly loading: 'first' | 'older' | null;
  readonly hasOlder: boolean;
  /** How far the search in the store has come; null before its first answer. */
  readonly searched: { readonly calls: number; readonly back: Micros | null } | null;
  /** A person stopped the search before its page was full. */
  readonly isStopped: boolean;
  /** Rows that came since the store's page was read, and are newer than all of it. */
  readonly arrived: number;
  /** The stream could not be resumed without a hole; the rows are in the store. */
  readonly gap: boolean;
  readonly error: Error | null;
}

const NO_COUNTS: LiveCounts = { seen: 0, matched: 0, sent: 0, skipped: 0 };
const EMPTY: FeedSnapshot = {
  version: 0,
  connection: 'closed',
  mode: 'all',
  counts: NO_COUNTS,
  paused: false,
  loading: null,
  hasOlder: false,
  searched: null,
  isStopped: false,
  arrived: 0,
  gap: false,
  error: null,
};

export interface FeedOptions {
  readonly api: Api;
  /** False for an opened file, to which nothing is added. */
  readonly isLive?: boolean;
  readonly now?: () => number;
  readonly openSocket?: OpenSocket;
  /** Calls back before the next frame is drawn. */
  readonly nextFrame?: (flush: () => void) => void;
}

export class EntryFeed {
  readonly rows = new Ring<EntryRow>(MAX_ROWS);
  readonly #api: Api;
  readonly #isLive: boolean;
  readonly #now: () => number;
  readonly #nextFrame: (flush: () => void) => void;
  readonly #socket: LiveSocket;
  readonly #listeners = new Set<() => void>();
  readonly #amendListeners = new Set<(ids: readonly string[]) => void>();
  #snapshot = EMPTY;
  #pending: Partial<FeedSnapshot> | null = null;
  #scope: FeedScope | null = null;
  #abort = new AbortController();
  #next: string | null = null;
  /** The stream of this scope was not joined yet. */
  #joining = false;
  /** Ids of rows near the seam between page and stream, where both may bring the same. */
  #seam = new Set<string>();

  constructor({ api, isLive = true, now, openSocket, nextFrame }: FeedOptions) {
    this.#api = api;
    this.#isLive = isLive;
    this.#now = now ?? (() => Date.now() * 1000);
    this.#nextFrame = nextFrame ?? ((flush) => requestAnimationFrame(flush));
    const handlers = {
      message: (message: LiveServerMessage) => this.#read(message),
      connection: (connection: Connection) => this.#connected(connection),
    };
    this.#socket = new LiveSocket(handlers, liveAddress(document.baseURI), openSocket);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): FeedSnapshot => this.#snapshot;

  /** Calls `listener` with the ids of calls that are known better now. */
  onAmended(listener: (ids: readonly string[]) => void): () => void {
    this.#amendListeners.add(listener);
    return () => this.#amendListeners.delete(listener);
  }

  /** Shows `scope` from now on. */
  open(scope: FeedScope): void {
    this.#scope = scope;
    this.#change({ ...EMPTY, connection: this.#snapshot.connection, version: this.#snapshot.version });
    this.#empty();
    this.#joining = this.#isLive && isFollowing(scope.range);
    if (this.#joining) {
      this.#socket.start(scope.query);
    } else {
      this.#socket.stop();
      void this.#page('first');
    }
  }

  close(): void {
    this.#abort.abort();
    this.#socket.stop();
  }

  /** Reads the next older page in front of the rows held. */
  loadOlder(): void {
    const { loading, isStopped } = this.#latest();
    if (this.#next === null || loading !== null || isStopped || this.rows.size >= MAX_ROWS) return;
    this.#change({ loading: 'older' });
    void this.#page('older');
  }

  /** Ends the search in the store where it is; what was found stays. */
  stopSearch(): void {
    if (this.#latest().loading === null) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#change({ loading: null, isStopped: true });
  }

  /** Goes on with a search that was stopped. */
  goOn(): void {
    if (!this.#latest().isStopped) return;
    // Nothing was looked at yet: as if it were asked for now.
    if (this.#latest().searched === null && this.#scope !== null) return this.open(this.#scope);
    this.#change({ loading: 'older', isStopped: false });
    void this.#page('older');
  }

  setPaused(paused: boolean): void {
    if (paused === this.#latest().paused) return;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
    this.#change({ paused });
  }

  /** Empties the list; the stream goes on. */
  clear(): void {
    this.rows.clear();
    this.#next = null;
    this.#change({ version: this.#latest().version + 1, hasOlder: false, isStopped: false, arrived: 0 });
  }

  /** Drops the rows and whatever is on its way, before a first page. */
  #empty(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.rows.clear();
    this.#seam.clear();
    this.#next = null;
    const begun = { loading: 'first', hasOlder: false, searched: null, isStopped: false, arrived: 0 } as const;
    this.#change({ version: this.#latest().version + 1, ...begun });
  }

  #connected(connection: Connection): void {
    this.#change({ connection });
    // No stream for now: what is stored can be read all the same.
    const isBroken = connection === 'reconnecting' || connection === 'disconnected';
    if (this.#joining && isBroken && this.#latest().loading === 'first') void this.#page('first');
  }

  /**
   * The stream tells what the hub took in after it was joined, the store has what came before: the page is asked for only
   * now, so that nothing falls between the two.
   */
  #joined(): void {
    this.#joining = false;
    this.#empty();
    void this.#page('first');
  }

  #latest(): FeedSnapshot {
    return { ...this.#snapshot, ...this.#pending };
  }

  #change(change: Partial<FeedSnapshot>): void {
    if (this.#pending !== null) {
      Object.assign(this.#pending, change);
      return;
    }
    this.#pending = change;
    this.#nextFrame(() => {
      this.#snapshot = this.#latest();
      this.#pending = null;
      for (const listener of this.#listeners) listener();
    });
  }

  async #page(which: 'first' | 'older'): Promise<void> {
    const scope = this.#scope;
    if (scope === null) return;
    const { signal } = this.#abort;
    try {
      const asked = { scope, before: this.#next, now: this.#now(), signal };
      for await (const { rows, next, scanned, isLast } of searchPage(this.#api, asked)) {
        if (signal.aborted) return;
        this.#found(rows);
        this.#next = next;
        const latest = this.#latest();
        this.#change({
          version: latest.version + 1,
          loading: isLast ? null : which,
          hasOlder: next !== null,
          searched: { calls: (latest.searched?.calls ?? 0) + scanned, back: next === null ? null : micros(next) },
          error: null,
        });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#change({ loading: null, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  /** Calls whose ends have got their names: in the place of what was shown, or after it when they match only now. */
  #amend(rows: readonly EntryRow[], removed: readonly string[]): void {
    const latest = this.#latest();
    const better = new Map(rows.map((row) => [row.id, row]));
    const gone = new Set(removed);
    const held = new Set<string>();
    this.rows.revise((row) => {
      held.add(row.id);
      return gone.has(row.id) ? undefined : (better.get(row.id) ?? row);
    });
    const oldest = this.rows.at(this.rows.start);
    // What is older than everything shown is on a page that was not asked for.
    const isShown = (row: EntryRow) => oldest === undefined || row.timestamp >= oldest.timestamp;
    const added =
      latest.paused || latest.loading === 'first' ? [] : rows.filter((row) => !held.has(row.id) && isShown(row));
    this.rows.push(added);
    this.#change({ version: latest.version + 1, arrived: latest.arrived + added.length });
    for (const listener of this.#amendListeners) listener([...rows.map(({ id }) => id), ...removed]);
  }

  /** Rows of the store, in front of those held; the first of them may have come by the stream too. */
  #found(rows: readonly EntryRow[]): void {
    const isSeam = this.#latest().searched === null;
    const fresh = rows.filter((row) => !this.#seam.has(row.id));
    if (isSeam) for (const row of fresh) this.#seam.add(row.id);
    this.rows.unshift(fresh);
  }

  #read(message: LiveServerMessage): void {
    const latest = this.#latest();
    switch (message.type) {
      case 'state':
        this.#change({ mode: message.mode, error: null, gap: latest.gap || message.resumed === 'lost' });
        // A pause asked for while there was no connection.
        if (latest.paused && message.mode !== 'paused') this.#socket.pause();
        if (this.#joining) this.#joined();
        return;
      case 'rows': {
        const rows = message.rows.filter((row) => !this.#seam.has(row.id));
        if (latest.loading === 'first' && latest.searched === null) for (const row of rows) this.#seam.add(row.id);
        this.rows.push(rows);
        this.#change({ version: latest.version + 1, counts: message.counts, arrived: latest.arrived + rows.length });
        return;
      }
      case 'amended':
        this.#amend(message.rows, message.removed);
        return;
      case 'counts':
        this.#change({ counts: message.counts });
        return;
      case 'error':
        this.#change({ error: new Error(message.message), loading: null });
        return;
    }
  }
}
