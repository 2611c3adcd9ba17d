/** A live capture whose filter changes while it runs: the hub names targets, pauses and resumes. */

import type { CaptureFault, CaptureInterface, Frame, FrameSink } from '@kubeshark/capture';
import {
  type CaptureSource,
  type Filtered,
  isRefusal,
  type Listener,
  noSourceCounters,
  type Opened,
  type Refusal,
  type SourceCounters,
} from './source.ts';

/** What the hub wants captured on this node. */
export interface Wanted {
  /** Addresses; undefined means everything. */
  readonly targets?: readonly string[] | undefined;
  readonly paused?: boolean | undefined;
  readonly except?: readonly Listener[] | undefined;
}

export interface TargetedOptions {
  /** For people. */
  readonly name: string;
  /** The whole filter for one of the targets and what is left out whatever it says. */
  filtered(targets: string | undefined, except: readonly Listener[]): Promise<Filtered>;
  open(filtered: Filtered): Promise<Opened>;
}

/** A kernel's filter has at most 4,096 instructions, and an address takes up to nine; beyond it all packets are read. */
const MAX_FILTER_HOSTS = 400;
/** A rollout changes a node's pods every moment, and compiling a filter starts a program. */
const SETTLE_MILLIS = 100;
/** Where a new filter means another capture: each costs a tenth of a second of packets. */
const REOPEN_SETTLE_MILLIS = 1_000;
/** Before a filter that the kernel or tcpdump refused is tried again. */
const RETRY_MILLIS = 5_000;

/** `host 10.1.0.5 or host 10.1.0.9`; undefined for everything. */
export function targetFilter(targets: readonly string[] | undefined): string | undefined {
  if (targets === undefined || targets.length > MAX_FILTER_HOSTS) return undefined;
  return targets.map((target) => `host ${target}`).join(' or ');
}

const keyOf = ({ targets, paused = false, except = [] }: Wanted): string =>
  JSON.stringify([targets ?? null, paused, except]);
const isIdle = ({ targets, paused }: Wanted): boolean => paused === true || targets?.length === 0;

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

export class TargetedSource implements CaptureSource {
  readonly #options: TargetedOptions;
  #wanted: Wanted;
  #inner: CaptureSource | undefined;
  #refusal: Refusal | undefined;
  #isClosed = false;
  /** What the running capture was opened for. */
  #running: string;
  #before: SourceCounters = noSourceCounters;
  #wake = Promise.withResolvers<void>();
  /** Interfaces told of so far: each capture tells of its own anew. */
  readonly #interfaces = new Map<string, number>();
  #kind: CaptureSource['kind'] = 'af_packet';
  #name: string;

  /** Captures that ended because another filter was wanted. */
  #reopened = 0;
  #refiltering: Promise<void> = Promise.resolve();

  private constructor(options: TargetedOptions, wanted: Wanted) {
    this.#name = options.name;
    this.#options = options;
    this.#wanted = wanted;
    this.#running = keyOf(wanted);
  }

  /** Opens the capture as it is wanted now; answers why it cannot be. Nothing is opened while nothing is wanted. */
  static async open(options: TargetedOptions, wanted: Wanted): Promise<Opened> {
    const source = new TargetedSource(options, wanted);
    if (isIdle(wanted)) return source;
    const refusal = await source.#start();
    return refusal ?? source;
  }

  get kind(): CaptureSource['kind'] {
    return this.#kind;
  }

  get name(): string {
    return this.#name;
  }

  get notes(): readonly string[] {
    const { targets, paused } = this.#wanted;
    if (paused === true) return ['capture is paused in the settings'];
    if (targets?.length === 0) return ['no pod of this node is a target'];
    const refused = this.#refusal === undefined ? [] : [`the targets cannot be captured: ${this.#refusal.refused}`];
    const many =
      targets !== undefined && targets.length > MAX_FILTER_HOSTS
        ? [`${targets.length} targets are too many for a filter in the kernel; calls are chosen after reading`]
        : [];
    const anew =
      this.#reopened === 0
        ? []
        : [
            `the capture was opened anew for other targets, ${times(this.#reopened)} so far; packets in between are not seen`,
          ];
    return [...refused, ...many, ...anew, ...(this.#inner?.notes ?? [])];
  }

  /** From now on. What is not captured any longer ends where it is. */
  retarget(wanted: Wanted): void {
    if (keyOf(wanted) === keyOf(this.#wanted)) return;
    this.#wanted = wanted;
    this.#wake.resolve();
    if (isIdle(wanted)) void this.#inner?.close();
    else setTimeout(() => this.#refilter(), this.#settleMillis).unref();
  }

  async read(sink: FrameSink): Promise<CaptureFault | undefined> {
    while (!this.#isClosed) {
      const inner = this.#inner;
      if (inner === undefined) {
        await this.#becomeWanted();
        continue;
      }
      const damage = await inner.read(this.#numbered(sink));
      this.#before = this.counters();
      this.#inner = undefined;
      if (this.#isClosed || keyOf(this.#wanted) === this.#running) return damage;
    }
    return undefined;
  }

  counters(): SourceCounters {
    const now = this.#inner?.counters() ?? noSourceCounters;
    const add = (a: number | null, b: number | null) => (a === null && b === null ? null : (a ?? 0) + (b ?? 0));
    return {
      bytes: this.#before.bytes + now.bytes,
      received: add(this.#before.received, now.received),
      droppedByKernel: add(this.#before.droppedByKernel, now.droppedByKernel),
      bufferUsed: now.bufferUsed,
      restarts: this.#before.restarts + now.restarts,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake.resolve();
    await this.#inner?.close();
  }

  get #settleMillis(): number {
    return this.#inner?.refilter === undefined ? REOPEN_SETTLE_MILLIS : SETTLE_MILLIS;
  }

  /** Gives the running capture another filter, or ends it: `read` then opens the next. One after the other. */
  #refilter(): void {
    this.#refiltering = this.#refiltering.then(async () => {
      const inner = this.#inner;
      const key = keyOf(this.#wanted);
      if (inner === undefined || key === this.#running || isIdle(this.#wanted)) return;
      const refusal = await inner.refilter?.(await this.#filtered());
      // Ended meanwhile: what is opened next is what is wanted then.
      if (this.#inner !== inner) return;
      if (inner.refilter !== undefined && refusal === undefined) this.#running = key;
      else {
        this.#reopened += 1;
        await inner.close();
      }
    });
  }

  #filtered(): Promise<Filtered> {
    const { targets, except = [] } = this.#wanted;
    return this.#options.filtered(targetFilter(targets), except);
  }

  /** Waits until something is wanted, and opens it. */
  async #becomeWanted(): Promise<void> {
    this.#wake = Promise.withResolvers();
    if (isIdle(this.#wanted)) return this.#wake.promise;
    this.#refusal = await this.#start();
    if (this.#refusal === undefined) return;
    const again = setTimeout(() => this.#wake.resolve(), RETRY_MILLIS);
    await this.#wake.promise;
    clearTimeout(again);
  }

  async #start(): Promise<Refusal | undefined> {
    this.#running = keyOf(this.#wanted);
    const opened = await this.#options.open(await this.#filtered());
    if (isRefusal(opened)) return opened;
    this.#inner = opened;
    this.#kind = opened.kind;
    this.#name = opened.name;
    // Closed, or something else wanted, while it was being opened.
    if (this.#isClosed) await opened.close();
    else if (isIdle(this.#wanted)) void opened.close();
    else this.#refilter();
    return undefined;
  }

  /** The sink, with interfaces numbered over all captures. */
  #numbered(sink: FrameSink): FrameSink {
    const numbers: number[] = [];
    const renumbered = { interfaceId: 0 } as { -readonly [key in keyof Frame]: Frame[key] };
    return {
      ...(sink.secrets && { secrets: sink.secrets.bind(sink) }),
      ...(sink.name && { name: sink.name.bind(sink) }),
      ...(sink.counters && { counters: sink.counters.bind(sink) }),
      ...(sink.presence && { presence: sink.presence.bind(sink) }),
      ...(sink.chunkBegin && { chunkBegin: sink.chunkBegin.bind(sink) }),
      ...(sink.chunkEnd && { chunkEnd: sink.chunkEnd.bind(sink) }),
      interface: (description: CaptureInterface) => {
        const key = `${description.linkType} ${description.name ?? ''}`;
        const known = this.#interfaces.get(key);
        numbers.push(known ?? this.#interfaces.size);
        if (known !== undefined) return;
        this.#interfaces.set(key, this.#interfaces.size);
        sink.interface?.(description);
      },
      frame: (frame: Frame) => {
        const number = numbers[frame.interfaceId] ?? frame.interfaceId;
        if (number === frame.interfaceId) return sink.frame(frame);
        Object.assign(renumbered, frame);
        renumbered.interfaceId = number;
        sink.frame(renumbered);
      },
    };
  }
}
