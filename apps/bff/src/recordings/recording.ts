/** One recording of the hub, from its start to its file. */

import { mkdir } from 'node:fs/promises';
import type { RecordingInfo } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import { type KeptPackets, openSealed, packRecording, RecordingFolder, type StopReason } from '@kubeshark/recording';
import { type Correction, newlyMatching } from '../live-bus/live-bus.ts';
import { type State, writeState } from './state.ts';

const NOT_ALLOWED = 'whoever recorded this may not see raw packets, or sees a part of the traffic only';

export interface RecordingContext {
  readonly directory: string;
  /** What is written as the maker of the file. */
  readonly createdBy: string;
  /** Microseconds. */
  readonly now: () => number;
  readonly matches: (entry: Entry) => boolean;
  /** Where packets are kept, asked when the recording ends. */
  readonly kept: () => KeptPackets;
  readonly onError: (error: unknown, id: string) => void;
}

export class Recording {
  readonly #context: RecordingContext;
  #state: State;
  #folder: RecordingFolder | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending: Promise<void> | undefined;

  constructor(context: RecordingContext, state: State) {
    this.#context = context;
    this.#state = state;
  }

  get id(): string {
    return this.#state.id;
  }
  get state(): State {
    return this.#state;
  }
  get directory(): string {
    return this.#context.directory;
  }

  get info(): RecordingInfo {
    const { deletedAt: _, scope: __, packetsWanted: ___, manifest, gaps, ...rest } = this.#state;
    const summary = this.#folder?.summary.counted;
    return {
      ...rest,
      entries: manifest?.entries ?? summary?.entries ?? 0,
      bytes: this.#folder?.bytes ?? 0,
      protocols: manifest?.protocols ?? summary?.protocols ?? {},
      gaps: [...gaps, ...(manifest?.gaps ?? summary?.gaps ?? []).filter((gap) => !gaps.includes(gap))],
      ...(manifest !== undefined && { stopReason: manifest.stopReason, packets: manifest.packets }),
    };
  }

  /** Is remembered until its time has come. */
  async schedule(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await this.change({});
  }

  async begin(): Promise<void> {
    const { directory, createdBy, now } = this.#context;
    const { name, notes, query } = this.#state;
    const startedAt = now();
    await mkdir(directory, { recursive: true });
    const head = { name, ...(notes !== undefined && { notes }), query, createdBy, startedAt };
    this.#folder = await RecordingFolder.create(directory, head);
    await this.change({ state: 'recording', startedAt });
    this.#watchTime();
  }

  /** After the hub was away: goes on, or ends what was being ended. */
  async resume(): Promise<void> {
    this.#folder = await RecordingFolder.reopen(this.directory);
    if (this.#state.state === 'recording' && this.#secondsLeft() > 0) this.#watchTime();
    else await this.end(this.#state.state === 'sealing' ? 'interrupted' : 'time');
  }

  /** Takes those of the entries that it is about. */
  take(entries: readonly Entry[]): void {
    const folder = this.#folder;
    if (folder === undefined || this.#ending !== undefined) return;
    const most = this.#state.limits.entries ?? Number.POSITIVE_INFINITY;
    for (const entry of entries) {
      if (folder.entries >= most) break;
      if (this.#context.matches(entry)) folder.add(entry);
    }
    if (folder.entries >= most) void this.end('count');
  }

  /** Takes what it is about only now that it is known better. */
  correct(corrections: readonly Correction[]): void {
    const { startedAt = 0 } = this.#state;
    this.take(newlyMatching(corrections, this.#context.matches).filter(({ timestamp }) => timestamp >= startedAt));
  }

  /** Resolves when what was taken would survive the end of this process. Never rejects: a full disk ends the recording. */
  async flush(): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined || this.#ending !== undefined) return this.#ending;
    try {
      await folder.flush();
    } catch (error) {
      await this.#breakOff(error);
      return;
    }
    if (folder.bytes >= (this.#state.limits.bytes ?? Number.POSITIVE_INFINITY)) void this.end('size');
  }

  /** Resolves when the file is whole, or it is said why it is not. */
  end(reason: StopReason): Promise<void> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  /** Keeps what is there for the next start of the hub. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#ending !== undefined) return this.#ending;
    await this.#folder?.release().catch((error: unknown) => this.#context.onError(error, this.id));
    this.#folder = undefined;
  }

  /** Notes that something of this time is not in the recording. */
  async noteGap(sentence: string): Promise<void> {
    if (this.#state.gaps.includes(sentence)) return;
    await this.change({ gaps: [...this.#state.gaps, sentence].slice(-100) });
  }

  async change(patch: Partial<State>): Promise<void> {
    this.#state = { ...this.#state, ...patch };
    await writeState(this.directory, this.#state);
  }

  #secondsLeft(): number {
    const { startedAt = 0, limits } = this.#state;
    if (limits.seconds === undefined) return Number.POSITIVE_INFINITY;
    return limits.seconds - (this.#context.now() - startedAt) / 1e6;
  }

  #watchTime(): void {
    const seconds = this.#secondsLeft();
    if (seconds === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => void this.end('time'), Math.max(0, seconds * 1000));
    this.#timer.unref();
  }

  async #end(reason: StopReason): Promise<void> {
    clearTimeout(this.#timer);
    const folder = this.#folder;
    if (folder === undefined) return;
    const stoppedAt = this.#context.now();
    try {
      await this.change({ state: 'sealing', stoppedAt });
      for (const gap of this.#state.gaps) folder.summary.gap(gap);
      const manifest = await folder.seal({ stopReason: reason, stoppedAt, kept: this.#kept() });
      const { size } = packRecording(await openSealed(this.directory));
      await this.change({ state: 'done', manifest, fileBytes: size });
    } catch (error) {
      await this.#fail(error);
    }
  }

  #kept(): KeptPackets | undefined {
    switch (this.#state.packetsWanted) {
      case 'captured':
        return this.#context.kept();
      case 'withheld':
        return { sourceOf: () => NOT_ALLOWED };
      case 'rebuilt':
        return undefined;
    }
  }

  /** The file can no longer be written: what is whole in it becomes the recording. */
  async #breakOff(error: unknown): Promise<void> {
    clearTimeout(this.#timer);
    this.#context.onError(error, this.id);
    this.#ending ??= (async () => {
      try {
        await this.#folder?.release().catch(() => undefined);
        this.#folder = await RecordingFolder.reopen(this.directory);
        this.#folder.summary.gap(`recording broke off: ${messageOf(error)}`);
        await this.#end('interrupted');
      } catch (second) {
        await this.#fail(second);
      }
    })();
    await this.#ending;
  }

  async #fail(error: unknown): Promise<void> {
    this.#context.onError(error, this.id);
    this.#state = { ...this.#state, state: 'failed', reason: messageOf(error) };
    // On a full disk this may fail too; then the next start of the hub ends it again.
    await writeState(this.directory, this.#state).catch(() => undefined);
  }
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' ? 'the disk is full' : message;
}
