/** All recordings of the hub: a folder each in the data directory, found again after a restart. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type RecordingInfo, repeatSeconds, type StartRecordingBody } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import {
  type Content,
  entriesOfFolder,
  type KeptPackets,
  keptInFile,
  openSealed,
  packRecording,
} from '@kubeshark/recording';
import { HubError } from '../errors.ts';
import type { AgentRegistry } from '../ingest/agent-registry.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { LiveBus } from '../live-bus/live-bus.ts';
import { Recording } from './recording.ts';
import { readState, type State } from './state.ts';

/** Recordings that run at once; each looks at every call. */
const MAX_RUNNING = 20;
/** Recordings kept; the list is for people. */
const MAX_RECORDINGS = 1_000;
/** How long a deletion can be taken back. */
const UNDO_MICROS = 10 * 60 * 1e6;
const SWEEP_MILLIS = 60_000;
/** How often it is looked what is due and what the agents have lost. */
const WATCH_MILLIS = 1_000;
/** Whoever stops a recording waits for its file so long; packets of many nodes take longer. */
const STOP_MILLIS = 5_000;
const DAY_MICROS = 86_400 * 1e6;

export interface RecordingsOptions {
  readonly directory: string;
  readonly bus: LiveBus;
  readonly ingest: Ingest;
  readonly agents: AgentRegistry;
  /** Throws `KS_BAD_QUERY`. */
  readonly compile: (query: string) => { readonly matches: (entry: Entry) => boolean };
  /** Where packets are kept now. */
  readonly kept: () => KeptPackets;
  readonly version: string;
  readonly retention: { readonly days: number; readonly bytes: number };
  readonly onError: (error: unknown, id: string) => void;
  /** Microseconds. */
  readonly now?: () => number;
}

export interface StartOptions {
  /** What whoever starts it may see. */
  readonly scope?: string | undefined;
  readonly earlier?: AsyncIterable<readonly Entry[]>;
  /** May they see packets as they were on the wire? */
  readonly seesPackets?: boolean;
}

export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #now: () => number;
  readonly #byId = new Map<string, Recording>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #endSubscription: () => void;
  /** What each agent had lost when it was last looked at. */
  readonly #lost = new Map<string, number>();
  #isWatching = false;

  private constructor(options: RecordingsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Date.now() * 1000);
    const endSubscription = options.bus.subscribe((items) => {
      const running = this.#running();
      if (running.length === 0) return;
      const entries = items.map(({ entry }) => entry);
      for (const recording of running) recording.take(entries);
    });
    const endCorrections = options.bus.onCorrection((corrections) => {
      for (const recording of this.#running()) recording.correct(corrections);
    });
    this.#endSubscription = () => {
      endSubscription();
      endCorrections();
    };
    options.ingest.keep(async () => {
      await Promise.all(this.#running().map((recording) => recording.flush()));
    });
    const every = (millis: number, work: () => Promise<void> | void) => {
      const timer = setInterval(() => void work(), millis);
      timer.unref();
      this.#timers.push(timer);
    };
    every(SWEEP_MILLIS, () => this.sweep());
    every(WATCH_MILLIS, () => this.#watch());
  }

  /** Finds what is there: what was running goes on. */
  static async open(options: RecordingsOptions): Promise<Recordings> {
    const recordings = new Recordings(options);
    await mkdir(options.directory, { recursive: true });
    for (const name of await readdir(options.directory)) {
      const state = await readState(path.join(options.directory, name));
      if (state === undefined || state.id !== name) continue;
      await recordings.#find(state);
    }
    await recordings.sweep();
    return recordings;
  }

  get retention(): { days: number; bytes: number; used: number } {
    const used = this.#kept().reduce((sum, { info }) => sum + (info.fileBytes ?? info.bytes), 0);
    return { ...this.#options.retention, used };
  }

  /** Those that somebody of this scope may see, newest first. */
  list(scope?: string): RecordingInfo[] {
    const begun = ({ startedAt, startAt }: State) => startedAt ?? startAt ?? 0;
    return this.#kept()
      .filter((recording) => isSeen(recording, scope))
      .toSorted((a, b) => begun(b.state) - begun(a.state))
      .map(({ info }) => info);
  }

  /** Throws `KS_RECORDING_NOT_FOUND` when somebody of this scope may not know of it. */
  requireSeen(id: string, scope: string | undefined): void {
    const recording = this.#byId.get(id);
    if (recording === undefined || !isSeen(recording, scope)) throw notFound(id);
  }

  /** `earlier` gives the calls before the start that are wanted too. Throws `KS_BAD_QUERY`. */
  async start(body: StartRecordingBody, options: StartOptions = {}): Promise<RecordingInfo> {
    const { scope, earlier, seesPackets = false } = options;
    this.#options.compile(body.query);
    if (this.#running().length >= MAX_RUNNING)
      throw new HubError('KS_CONFLICT', `${MAX_RUNNING} recordings run already; stop one first.`);
    if (this.#byId.size >= MAX_RECORDINGS)
      throw new HubError('KS_CONFLICT', `There are ${MAX_RECORDINGS} recordings already; delete some first.`);
    const { name, query, notes, limits, startAt, repeat, packets } = body;
    const state: State = {
      id: newId(),
      name,
      ...(notes !== undefined && { notes }),
      query,
      ...(scope !== undefined && { scope }),
      state: 'scheduled',
      packetsWanted: packets === 'captured' && !seesPackets ? 'withheld' : packets,
      limits,
      ...(startAt !== undefined && { startAt }),
      ...(repeat !== undefined && { repeat }),
      gaps: [],
    };
    const recording = this.#make(state);
    try {
      if (startAt !== undefined && startAt > this.#now()) await recording.schedule();
      else {
        await recording.begin();
        await this.#scheduleNext(recording);
      }
    } catch (error) {
      await rm(recording.directory, { recursive: true, force: true });
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new HubError('KS_DISK_FULL');
      throw error;
    }
    this.#byId.set(state.id, recording);
    if (earlier !== undefined) for await (const entries of earlier) recording.take(entries);
    await recording.flush();
    return recording.info;
  }

  async stop(id: string): Promise<RecordingInfo> {
    const recording = this.#get(id);
    if (recording.state.state === 'scheduled') await recording.change({ deletedAt: this.#now() });
    else await Promise.race([recording.end('hand'), setTimeout(STOP_MILLIS, undefined, { ref: false })]);
    return recording.info;
  }

  async rename(id: string, { name, notes }: { name: string; notes?: string | undefined }): Promise<RecordingInfo> {
    const recording = this.#get(id);
    await recording.change({ name, ...(notes !== undefined && { notes }) });
    return recording.info;
  }

  async remove(id: string): Promise<void> {
    const recording = this.#get(id);
    if (recording.state.state === 'recording') await recording.end('hand');
    await recording.change({ deletedAt: this.#now() });
  }

  async restore(id: string): Promise<RecordingInfo> {
    const recording = this.#byId.get(id);
    if (recording === undefined) throw notFound(id);
    const { deletedAt: _, ...rest } = recording.state;
    const restored = this.#make(rest);
    await restored.change({});
    this.#byId.set(id, restored);
    return restored.info;
  }

  /** The recording as a file; one that runs is not whole yet. */
  async file(id: string): Promise<{ readonly name: string; readonly content: Content }> {
    const recording = this.#get(id);
    const { name, notes, state } = recording.state;
    if (state !== 'done') throw new HubError('KS_CONFLICT', 'The recording is not whole yet; stop it first.');
    const sealed = await openSealed(recording.directory);
    // Name and notes may have been changed since.
    const manifest = { ...sealed.manifest, name, ...(notes !== undefined && { notes }) };
    return { name, content: packRecording({ ...sealed, manifest }) };
  }

  /** Its captured packets; undefined when it has none. */
  async packets(id: string): Promise<KeptPackets | undefined> {
    const recording = this.#get(id);
    if (recording.state.manifest?.packets.origin !== 'captured') return undefined;
    const { packets } = await openSealed(recording.directory);
    return keptInFile(packets.bytes);
  }

  /** Holds it packets as they were on the wire? */
  hasRawPackets(id: string): boolean {
    return this.#get(id).state.manifest?.packets.origin === 'captured';
  }

  entries(id: string): AsyncIterable<readonly Entry[]> {
    return entriesOfFolder(this.#get(id).directory);
  }

  get(id: string): RecordingInfo {
    return this.#get(id).info;
  }

  /** Removes what was deleted, and what is beyond the limits. Never rejects. */
  async sweep(): Promise<void> {
    const now = this.#now();
    for (const recording of this.#byId.values()) {
      const { deletedAt } = recording.state;
      if (deletedAt !== undefined && now - deletedAt > UNDO_MICROS) await this.#purge(recording);
    }
    const { days, bytes } = this.#options.retention;
    let { used } = this.retention;
    const ended = ({ state }: Recording) => state.state === 'done' || state.state === 'failed';
    const oldestFirst = this.#kept()
      .filter(ended)
      .toSorted((a, b) => (a.state.stoppedAt ?? 0) - (b.state.stoppedAt ?? 0));
    for (const recording of oldestFirst) {
      const isOld = now - (recording.state.stoppedAt ?? now) > days * DAY_MICROS;
      if (!isOld && used <= bytes) continue;
      used -= recording.info.fileBytes ?? 0;
      await this.#purge(recording);
    }
  }

  async close(): Promise<void> {
    this.#endSubscription();
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#byId.values()].map((recording) => recording.release()));
  }

  async #find(state: State): Promise<void> {
    const recording = this.#make(state);
    this.#byId.set(state.id, recording);
    if (state.state !== 'recording' && state.state !== 'sealing') return;
    const at = new Date(this.#now() / 1000).toISOString();
    try {
      await recording.noteGap(`the hub was restarted and went on recording at ${at}`);
      await recording.resume();
    } catch (error) {
      this.#options.onError(error, state.id);
      await recording.change({ state: 'failed', reason: 'its files cannot be read' });
    }
  }

  #make(state: State): Recording {
    const { directory, version, compile, kept, onError } = this.#options;
    const asked = compile(state.query);
    const seen = compile(state.scope ?? '');
    const matches = (entry: Entry) => seen.matches(entry) && asked.matches(entry);
    const createdBy = `Kubeshark ${version}`;
    return new Recording(
      { directory: path.join(directory, state.id), createdBy, now: this.#now, matches, kept, onError },
      state,
    );
  }

  /** Starts what is due. What agents lose while something is recorded is missing from it. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    await this.#beginDue().finally(() => {
      this.#isWatching = false;
    });
    this.#noteLosses();
  }

  async #beginDue(): Promise<void> {
    const now = this.#now();
    const isDue = ({ state: { state, startAt = 0 } }: Recording) => state === 'scheduled' && startAt <= now;
    for (const recording of this.#kept().filter(isDue)) {
      try {
        const { state } = recording;
        await recording.begin();
        const late = Math.round((now - (state.startAt ?? now)) / 60e6);
        if (late > 0) await recording.noteGap(`it began ${late} minutes late: the hub was away`);
        await this.#scheduleNext(recording);
      } catch (error) {
        this.#options.onError(error, recording.id);
      }
    }
  }

  #noteLosses(): void {
    const running = this.#running();
    for (const { node, instance, counters } of this.#options.agents.list(this.#now())) {
      const lost = counters.lost + (counters.kernelDropped ?? 0);
      const before = this.#lost.get(instance) ?? lost;
      this.#lost.set(instance, lost);
      if (lost <= before) continue;
      for (const recording of running)
        void recording.noteGap(`the agent of ${node} lost packets or calls while this was recorded`);
    }
  }

  /** The next of a series is scheduled when one begins, so cancelling it ends the series. */
  async #scheduleNext(recording: Recording): Promise<void> {
    const { state } = recording;
    const { repeat, startAt } = state;
    if (repeat === undefined || startAt === undefined) return;
    if (this.#byId.size >= MAX_RECORDINGS)
      return recording.noteGap(`it is the last of its series: there are ${MAX_RECORDINGS} recordings already`);
    const period = repeatSeconds[repeat] * 1e6;
    const passed = Math.floor((this.#now() - startAt) / period) + 1;
    const { startedAt: _, ...rest } = state;
    const id = newId();
    const next = this.#make({ ...rest, id, state: 'scheduled', startAt: startAt + passed * period, gaps: [] });
    await next.schedule();
    this.#byId.set(id, next);
  }

  async #purge(recording: Recording): Promise<void> {
    this.#byId.delete(recording.id);
    await rm(recording.directory, { recursive: true, force: true }).catch((error: unknown) =>
      this.#options.onError(error, recording.id),
    );
  }

  #get(id: string): Recording {
    const recording = this.#byId.get(id);
    if (recording === undefined || recording.state.deletedAt !== undefined) throw notFound(id);
    return recording;
  }

  #kept(): Recording[] {
    return [...this.#byId.values()].filter(({ state }) => state.deletedAt === undefined);
  }

  #running(): Recording[] {
    return [...this.#byId.values()].filter(({ state }) => state.state === 'recording');
  }
}

const newId = (): string => randomBytes(6).toString('hex');

/** Who may see everything sees all; others what was recorded under the same rule. */
const isSeen = ({ state }: Recording, scope: string | undefined): boolean =>
  scope === undefined || state.scope === scope;

const notFound = (id: string) => new HubError('KS_RECORDING_NOT_FOUND', `There is no recording ${id}.`);
