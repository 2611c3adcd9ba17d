/** Calls as `tap` prints them, in the form that was asked for. */

import { type Entry, type EntryRow, rowOf } from '@kubeshark/model';
import { toHar } from '@kubeshark/recording/har';
import { entryLine } from './entry-line.ts';
import { printable, writeLine } from './stdout.ts';
import { tapSummary } from './tap-summary.ts';

export const tapFormats = ['line', 'wide', 'json', 'ndjson', 'har'] as const;
export type TapFormat = (typeof tapFormats)[number];

/** Calls of one HAR, which is one text; `kubeshark export` writes longer ones. */
const MAX_HAR_CALLS = 10_000;

const sizeText = (bytes: number | null): string => (bytes === null ? '–' : `${bytes} B`);

const wideLine = (row: EntryRow): string =>
  `${entryLine(row)}  ${sizeText(row.requestSize)} → ${sizeText(row.responseSize)}  ${printable(row.node)}`;

/** Prints what matches; answers false once as many as were asked for are printed. */
export class Printer {
  readonly #format: TapFormat;
  readonly #har: Entry[] = [];
  readonly #began = performance.now();
  #left: number;
  #calls = 0;
  #failed = 0;

  constructor(format: TapFormat, count: number) {
    this.#format = format;
    this.#left = format === 'har' ? Math.min(count, MAX_HAR_CALLS) : count;
  }

  /** A row is not enough: the whole entry is printed. */
  get needsEntries(): boolean {
    return this.#format !== 'line' && this.#format !== 'wide';
  }

  async entry(entry: Entry): Promise<boolean> {
    if (!this.needsEntries) return this.row(rowOf(entry));
    this.#count(entry.error);
    if (this.#format === 'har') this.#har.push(entry);
    else await writeLine(JSON.stringify(entry));
    return this.#left > 0;
  }

  async row(row: EntryRow): Promise<boolean> {
    this.#count(row.error);
    await writeLine(this.#format === 'wide' ? wideLine(row) : entryLine(row));
    return this.#left > 0;
  }

  /** What can only be printed when everything is there. */
  async finish(): Promise<void> {
    if (this.#format === 'har') await writeLine(toHar(this.#har));
  }

  /** Tells a person how much it was; a pipe is told nothing. */
  sumUp(): void {
    if (!process.stderr.isTTY) return;
    const seconds = (performance.now() - this.#began) / 1000;
    process.stderr.write(`\r${tapSummary({ calls: this.#calls, failed: this.#failed, seconds })}\n`);
  }

  #count(failed: boolean): void {
    this.#left -= 1;
    this.#calls += 1;
    if (failed) this.#failed += 1;
  }
}
