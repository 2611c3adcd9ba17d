/**
 * One client's live stream: which rows it gets, how fast, and exact counts of what it does not get. Knows no socket and
 * no clock: it is given entries, the client's backlog and the time.
 */

import {
  LIVE_BATCH_MILLIS,
  type LiveCounts,
  type LiveMode,
  type LiveServerMessage,
  MAX_LIVE_BATCH,
} from '@kubeshark/contract';
import { type Entry, type EntryId, type EntryRow, rowOf } from '@kubeshark/model';
import type { Correction, LiveBus, LiveItem } from '../../live-bus/live-bus.ts';

export interface LiveClient {
  /** Bytes given to the connection that the other end has not taken. */
  readonly backlog: number;
  send(text: string): void;
}

/** Above this the client reads slower than rows come; a browser tab in the background gets here within a second. */
const SAMPLE_ABOVE_BYTES = 256 * 1024;
const COUNTS_ABOVE_BYTES = 2 * 1024 * 1024;
/** Not even counts: the client does not read at all. Nothing more is buffered for it. */
const SILENT_ABOVE_BYTES = 4 * 1024 * 1024;
/** Rows a slow client still gets of each 50 ms. */
const SAMPLE_ROWS = 25;
/** How long a client must keep up before it gets every row again. */
const CALM_MILLIS = 1_000;
/** Rows that may wait, by reference to a text all clients share: a whole memory of the bus after a resume. */
const MAX_WAITING = 10_000;
const COUNTS_EVERY_MILLIS = 1_000;

/** A row on its way; the text is shared by all clients. */
interface Waiting {
  readonly sequence: number;
  readonly id: EntryId;
  readonly row: string;
}

export interface SubscriptionOptions {
  readonly bus: LiveBus;
  readonly client: LiveClient;
  readonly matches: (entry: Entry) => boolean;
}

const waitingOf = ({ sequence, entry, row }: LiveItem): Waiting => ({ sequence, id: entry.id, row });

/** `count` of `items`, evenly spread, the last always among them. */
function sample<T>(items: readonly T[], count: number): T[] {
  const step = items.length / count;
  return Array.from({ length: count }, (_, index) => items[Math.floor((index + 1) * step) - 1]!);
}

export class Subscription {
  readonly #bus: LiveBus;
  readonly #client: LiveClient;
  readonly #matches: (entry: Entry) => boolean;
  readonly #counts = { seen: 0, matched: 0, sent: 0, skipped: 0 };
  #waiting: Waiting[] = [];
  #mode: LiveMode = 'all';
  /** Everything up to here was sent, skipped or did not match. */
  #position: number;
  #behindSince: number | undefined;
  #calmSince: number | undefined;
  #countsSentAt = 0;
  #countsStale = false;

  constructor({ bus, client, matches }: SubscriptionOptions) {
    this.#bus = bus;
    this.#client = client;
    this.#matches = matches;
    this.#position = bus.sequence;
  }

  get counts(): LiveCounts {
    return { ...this.#counts };
  }

  get mode(): LiveMode {
    return this.#mode;
  }

  get position(): string {
    return `${this.#bus.epoch}:${this.#position}`;
  }

  /** Begins with what the store does not have yet: with a page read from it after this, nothing is missing. */
  begin(): void {
    const items = this.#bus.unstored();
    const [oldest] = items;
    if (oldest === undefined) return;
    this.#position = oldest.sequence - 1;
    this.offer(items);
  }

  /** Begins where an earlier stream ended. `lost`: the hub no longer remembers, or was restarted in between. */
  resumeFrom(position: string): 'exact' | 'lost' {
    const [epoch, sequence] = position.split(':');
    const items = epoch === this.#bus.epoch ? this.#bus.after(Number(sequence)) : undefined;
    if (items === undefined) return 'lost';
    this.#position = Number(sequence);
    this.offer(items);
    return 'exact';
  }

  offer(items: readonly LiveItem[]): void {
    const counts = this.#counts;
    counts.seen += items.length;
    this.#countsStale = true;
    for (const item of items) {
      if (item.isRemoved || !this.#matches(item.entry)) continue;
      counts.matched += 1;
      if (this.#mode === 'counts') counts.skipped += 1;
      else if (this.#mode !== 'paused') this.#waiting.push(waitingOf(item));
    }
    if (this.#mode !== 'paused' && this.#waiting.length === 0) this.#position = this.#bus.sequence;
    if (this.#waiting.length > MAX_WAITING) this.#thin(MAX_WAITING / 2);
  }

  /** Tells of calls that are known better now, at once: they are few. Who does not keep up reads them from the store. */
  correct(corrections: readonly Correction[]): void {
    if (this.#client.backlog > COUNTS_ABOVE_BYTES) return;
    const rows: EntryRow[] = [];
    const removed: EntryId[] = [];
    const texts = new Map<EntryId, string>();
    for (const { before, after } of corrections) {
      if (after !== undefined && this.#matches(after)) {
        rows.push(rowOf(after));
        texts.set(after.id, JSON.stringify(rows.at(-1)));
      }
      // Only of what this client may have been told.
      else if (this.#matches(before)) removed.push(before.id);
    }
    const waiting = this.#waiting
      .filter(({ id }) => !removed.includes(id))
      .map((each) => ({ ...each, row: texts.get(each.id) ?? each.row }));
    this.#counts.skipped += this.#waiting.length - waiting.length;
    this.#waiting = waiting;
    if (rows.length + removed.length > 0) this.#send({ type: 'amended', rows, removed });
  }

  pause(): void {
    if (this.#mode === 'paused') return;
    // What waits stays unsent and the position stays before it: `resume` finds it again.
    this.#waiting = [];
    this.#enter('paused');
  }

  /** Goes on where the pause began, as far as the bus remembers; the rest counts as skipped. */
  resume(): void {
    if (this.#mode !== 'paused') return;
    const items = this.#bus.after(this.#position);
    const found = items?.filter(({ entry, isRemoved }) => !isRemoved && this.#matches(entry)) ?? [];
    const waiting = found.map(waitingOf);
    this.#waiting = waiting;
    this.#counts.skipped = this.#counts.matched - this.#counts.sent - waiting.length;
    if (waiting.length === 0) this.#position = this.#bus.sequence;
    this.#enter('all', items === undefined ? 'lost' : 'exact');
  }

  /** Sends what the client can take; called every `LIVE_BATCH_MILLIS`. */
  flush(now: number): void {
    if (this.#mode !== 'paused') this.#adapt(now);
    if (this.#mode === 'all') this.#sendRows(MAX_LIVE_BATCH, now);
    if (this.#mode === 'sampled') {
      this.#thin(SAMPLE_ROWS);
      this.#sendRows(SAMPLE_ROWS, now);
    }
    if (this.#countsStale && now - this.#countsSentAt >= COUNTS_EVERY_MILLIS) this.#sendCounts(now);
  }

  #adapt(now: number): void {
    const { backlog } = this.#client;
    if (backlog <= SAMPLE_ABOVE_BYTES) {
      this.#behindSince = undefined;
      this.#calmSince ??= now;
      if (this.#mode === 'counts') this.#enter('sampled');
      if (this.#mode === 'sampled' && now - this.#calmSince >= CALM_MILLIS) this.#enter('all');
      return;
    }
    this.#calmSince = undefined;
    this.#behindSince ??= now;
    const isStuck = now - this.#behindSince >= 4 * CALM_MILLIS;
    if (backlog > COUNTS_ABOVE_BYTES || isStuck) {
      this.#counts.skipped += this.#waiting.length;
      this.#waiting = [];
      this.#position = this.#bus.sequence;
      this.#enter('counts');
    } else if (this.#mode === 'all') this.#enter('sampled');
  }

  #thin(keep: number): void {
    if (this.#waiting.length <= keep) return;
    const kept = sample(this.#waiting, keep);
    this.#counts.skipped += this.#waiting.length - kept.length;
    this.#waiting = kept;
  }

  #sendRows(most: number, now: number): void {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, most);
    this.#counts.sent += batch.length;
    this.#position = this.#waiting.length === 0 ? this.#bus.sequence : batch.at(-1)!.sequence;
    const rows = batch.map(({ row }) => row).join(',');
    const rest = JSON.stringify({ position: this.position, counts: this.#counts });
    this.#client.send(`{"type":"rows","rows":[${rows}],${rest.slice(1)}`);
    this.#countsSentAt = now;
    this.#countsStale = this.#waiting.length > 0;
  }

  #sendCounts(now: number): void {
    if (this.#client.backlog > SILENT_ABOVE_BYTES) return;
    this.#countsSentAt = now;
    this.#countsStale = false;
    this.#send({ type: 'counts', position: this.position, counts: this.counts });
  }

  #enter(mode: LiveMode, resumed?: 'exact' | 'lost'): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    if (this.#client.backlog > SILENT_ABOVE_BYTES) return;
    this.#send({ type: 'state', mode, position: this.position, ...(resumed && { resumed }) });
  }

  #send(message: LiveServerMessage): void {
    this.#client.send(JSON.stringify(message));
  }
}

/** How often `flush` wants to be called. */
export const FLUSH_EVERY_MILLIS = LIVE_BATCH_MILLIS;
