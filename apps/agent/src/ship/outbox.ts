/**
 * Batches on their way to the hub: kept until acknowledged, in memory up to a budget, then on disk up to another, then
 * given up and counted. Sends nothing itself.
 */

import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface OutboxLimits {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** A minute of 5,000 entries a second at 200 bytes compressed; the pod's memory limit leaves room for it. */
const MEMORY_BYTES = 64 * 1024 * 1024;
/** About an hour at 1,000 entries a second. */
const DISK_BYTES = 1024 * 1024 * 1024;
const defaultLimits: OutboxLimits = { memoryBytes: MEMORY_BYTES, diskBytes: DISK_BYTES };

interface Batch {
  readonly seq: number;
  readonly entries: number;
  readonly bytes: number;
  /** The frame's payload, or the file it was written to. */
  place: Uint8Array | string;
}

export interface OutboxCounts {
  /** Entries acknowledged, waiting in memory, waiting on disk, given up. */
  readonly shipped: number;
  readonly queued: number;
  readonly spooled: number;
  readonly lost: number;
}

/** `<instance>-<seq>.<entries>.batch` */
const fileName = /^.+\.(\d+)\.batch$/;

export class Outbox {
  /** Names this run of the agent, on the link and in the spool. */
  readonly instance: string;
  readonly #directory: string;
  readonly #limits: OutboxLimits;
  /** By rising sequence; the first is the oldest that is not acknowledged. */
  readonly #batches: Batch[] = [];
  #lastSeq = 0;
  #memory = 0;
  #disk = 0;
  #shipped = 0;
  #lost = 0;

  private constructor(directory: string, instance: string, limits: OutboxLimits) {
    this.#directory = directory;
    this.instance = instance;
    this.#limits = limits;
  }

  /** Opens the spool; what an earlier run left there goes out first. */
  static async open(directory: string, instance: string, limits = defaultLimits): Promise<Outbox> {
    const outbox = new Outbox(directory, instance, limits);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await outbox.#adopt();
    return outbox;
  }

  get counts(): OutboxCounts {
    let queued = 0;
    let spooled = 0;
    for (const { place, entries } of this.#batches) {
      if (typeof place === 'string') spooled += entries;
      else queued += entries;
    }
    return { shipped: this.#shipped, queued, spooled, lost: this.#lost };
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Takes a batch; resolves when it is safe to forget it. */
  async add(payload: Uint8Array, entries: number): Promise<void> {
    const bytes = payload.length;
    if (this.#memory + bytes <= this.#limits.memoryBytes) {
      this.#push({ seq: this.#nextSeq(), entries, bytes, place: payload });
      this.#memory += bytes;
      return;
    }
    if (this.#disk + bytes > this.#limits.diskBytes || !(await this.#spool(payload, entries))) this.#lost += entries;
  }

  /** The first batch after `seq`, or undefined. A batch whose file is gone is lost, and the next one is given. */
  async after(seq: number): Promise<{ readonly seq: number; readonly payload: Uint8Array } | undefined> {
    for (;;) {
      const batch = this.#batches.find((candidate) => candidate.seq > seq);
      if (batch === undefined) return undefined;
      if (typeof batch.place !== 'string') return { seq: batch.seq, payload: batch.place };
      try {
        return { seq: batch.seq, payload: await readFile(batch.place) };
      } catch {
        // Somebody emptied the spool: nothing is left to send.
        await this.drop(batch.seq);
      }
    }
  }

  /** The hub has stored everything up to and with `seq`. */
  async acknowledge(seq: number): Promise<void> {
    while (this.#batches[0] !== undefined && this.#batches[0].seq <= seq) {
      const batch = this.#batches.shift()!;
      this.#shipped += batch.entries;
      await this.#release(batch);
    }
  }

  /** This batch will never be taken. */
  async drop(seq: number): Promise<void> {
    const index = this.#batches.findIndex((batch) => batch.seq === seq);
    if (index < 0) return;
    const [batch] = this.#batches.splice(index, 1);
    this.#lost += batch!.entries;
    await this.#release(batch!);
  }

  /** Before the process ends: what waits in memory goes to disk, for the next run. */
  async save(): Promise<void> {
    for (const batch of this.#batches) {
      if (typeof batch.place === 'string') continue;
      const file = this.#fileOf(batch.seq, batch.entries);
      await writeFile(file, batch.place);
      this.#memory -= batch.bytes;
      this.#disk += batch.bytes;
      batch.place = file;
    }
  }

  #nextSeq(): number {
    this.#lastSeq += 1;
    return this.#lastSeq;
  }

  #push(batch: Batch): void {
    this.#batches.push(batch);
  }

  #fileOf(seq: number, entries: number): string {
    return path.join(this.#directory, `${this.instance}-${String(seq).padStart(12, '0')}.${entries}.batch`);
  }

  async #spool(payload: Uint8Array, entries: number): Promise<boolean> {
    const seq = this.#nextSeq();
    const file = this.#fileOf(seq, entries);
    // Counted before it is written, so that batches written at the same time keep to the budget.
    this.#disk += payload.length;
    try {
      await writeFile(file, payload);
    } catch {
      // The disk is full or read-only: the batch is lost, which the counters show.
      this.#disk -= payload.length;
      await rm(file, { force: true });
      return false;
    }
    this.#push({ seq, entries, bytes: payload.length, place: file });
    return true;
  }

  async #release({ place, bytes }: Batch): Promise<void> {
    if (typeof place !== 'string') {
      this.#memory -= bytes;
      return;
    }
    this.#disk -= bytes;
    await rm(place, { force: true });
  }

  async #adopt(): Promise<void> {
    for (const name of (await readdir(this.#directory)).toSorted()) {
      const entries = Number(fileName.exec(name)?.[1]);
      if (!Number.isInteger(entries)) continue;
      const place = path.join(this.#directory, name);
      const { size } = await stat(place);
      this.#push({ seq: this.#nextSeq(), entries, bytes: size, place });
      this.#disk += size;
    }
  }
}
