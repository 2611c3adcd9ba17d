/**
 * Live capture by the capture helper: an AF_PACKET ring read by a small program of its own, which is started again when it
 * ends (docs/adr/0040-the-capture-helper.md).
 */

import { type CaptureFault, CaptureReader, type FrameSink, type LiveCounters } from '@kubeshark/capture';
import { type HelperPlace, helperProgram } from './helper-binary.ts';
import { type HelperArguments, HelperProcess } from './helper-process.ts';
import { packetFilter, programText } from './packet-filter.ts';
import {
  type CaptureSource,
  type Filtered,
  isRefusal,
  type LiveOptions,
  type Opened,
  type Refusal,
  type SourceCounters,
} from './source.ts';

/** Before a helper is started again: at once after its first end, ever later when it keeps ending. */
const FIRST_RESTART_MILLIS = 100;
const MAX_RESTART_MILLIS = 5_000;
/** A helper that ran for so long has begun anew with its patience. */
const STEADY_MILLIS = 60_000;

/** helper/program.h; a helper that is given more ends. */
const MAX_PROGRAM = 4_000;

const noCounters: LiveCounters = { received: 0, dropped: 0, fullest: 0 };

export interface HelperOptions extends HelperPlace {
  /** Size of the kernel's buffer in blocks of 512 KiB; the helper's own choice otherwise. */
  readonly blocks?: number;
}

class HelperSource implements CaptureSource {
  readonly kind = 'af_packet';
  readonly name: string;
  readonly #snapLength: number | undefined;
  /** Of the helper that runs, and of those that are started after it. */
  #arguments: HelperArguments;
  #helper: HelperProcess;
  #isClosed = false;
  readonly #wake = new AbortController();
  #bytes = 0;
  #restarts = 0;
  #lastEnd = '';
  readonly #gone = new Set<string>();
  /** Of the helpers before this one. */
  #before = noCounters;
  #counters = noCounters;

  constructor(options: HelperArguments, helper: HelperProcess, snapLength: number | undefined) {
    this.#snapLength = snapLength;
    this.name = options.interfaces.join(', ');
    this.#arguments = options;
    this.#helper = helper;
  }

  get notes(): readonly string[] {
    const gone = [...this.#gone].map((name) => `interface ${name} is gone; its packets are read again when it is back`);
    if (this.#lastEnd === '') return gone;
    return [
      ...gone,
      `the capture helper ended (${this.#lastEnd}) and was started again, ${times(this.#restarts)} so far`,
    ];
  }

  async read(sink: FrameSink): Promise<CaptureFault | undefined> {
    const reader = new CaptureReader(this.#watched(sink));
    let patience = FIRST_RESTART_MILLIS;
    for (;;) {
      const began = performance.now();
      const why = await this.#readOne(reader);
      if (this.#isClosed) return undefined;
      if (performance.now() - began > STEADY_MILLIS) patience = FIRST_RESTART_MILLIS;
      this.#before = this.#sum();
      this.#counters = noCounters;
      this.#lastEnd = why;
      reader.restart();
      patience = await this.#startAgain(patience);
      if (this.#isClosed) return undefined;
    }
  }

  counters(): SourceCounters {
    const { received, dropped, fullest } = this.#sum();
    return {
      bytes: this.#bytes,
      received,
      droppedByKernel: dropped,
      bufferUsed: fullest,
      restarts: this.#restarts,
    };
  }

  async refilter(filtered: Filtered): Promise<Refusal | undefined> {
    const program = await packetFilter({ ...filtered, snapLength: this.#snapLength });
    if ('refused' in program) return program;
    if (program.length > MAX_PROGRAM) return { refused: `a filter of ${program.length} instructions is too long` };
    this.#arguments = { ...this.#arguments, filter: programText(program) };
    this.#helper.filter(this.#arguments.filter);
    return undefined;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#wake.abort();
    this.#helper.end();
    return Promise.resolve();
  }

  /** Reads one helper to its end, or to damage, which ends it; answers why. */
  async #readOne(reader: CaptureReader): Promise<string> {
    let damage: CaptureFault | undefined;
    const why = await this.#helper.read((chunk) => {
      if (damage !== undefined) return;
      this.#bytes += chunk.length;
      damage = reader.push(chunk);
      if (damage !== undefined) this.#helper.kill();
    });
    return damage?.fault ?? why;
  }

  /** Tries until a helper runs or the source is closed; answers how long to wait the next time. */
  async #startAgain(patience: number): Promise<number> {
    for (let wait = patience; ; wait = Math.min(wait * 2, MAX_RESTART_MILLIS)) {
      await this.#pause(wait);
      if (this.#isClosed) return wait;
      const started = await HelperProcess.start(this.#arguments);
      if (isRefusal(started)) {
        this.#lastEnd = started.refused;
        continue;
      }
      this.#helper = started;
      this.#restarts += 1;
      // Closed while it started: nobody has told it.
      if (this.#isClosed) started.end();
      return Math.min(wait * 2, MAX_RESTART_MILLIS);
    }
  }

  #pause(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, millis);
      const stop = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#wake.signal.aborted) stop();
      this.#wake.signal.addEventListener('abort', stop, { once: true });
    });
  }

  #sum(): LiveCounters {
    const { received, dropped } = this.#before;
    return {
      received: received + this.#counters.received,
      dropped: dropped + this.#counters.dropped,
      fullest: this.#counters.fullest,
    };
  }

  /** The sink, with what the helper tells of itself kept here. */
  #watched(sink: FrameSink): FrameSink {
    return {
      frame: (frame) => sink.frame(frame),
      chunkBegin: () => sink.chunkBegin?.(),
      chunkEnd: () => sink.chunkEnd?.(),
      interface: (description) => sink.interface?.(description),
      secrets: (type, bytes) => sink.secrets?.(type, bytes),
      counters: (counters) => {
        this.#counters = counters;
      },
      presence: (name, isThere) => {
        if (isThere) this.#gone.delete(name);
        else this.#gone.add(name);
      },
    };
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Starts capturing; answers once packets are being taken, or why they cannot be. */
export async function openHelper(options: LiveOptions, { blocks, ...place }: HelperOptions): Promise<Opened> {
  const built = await helperProgram(place);
  if (isRefusal(built)) return built;
  const program = await packetFilter(options);
  if ('refused' in program) return program;
  const { interfaces } = options;
  const started = { program: built.path, interfaces, filter: programText(program), blocks };
  const helper = await HelperProcess.start(started);
  return isRefusal(helper) ? helper : new HelperSource(started, helper, options.snapLength);
}
