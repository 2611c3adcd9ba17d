/**
 * The packets of the last minutes or hours on disk, within a hard number of bytes, oldest out. A packet is copied once, into a
 * buffer; full buffers are written while another fills. When the disk is slower than the network, packets are left out and
 * counted: capturing never waits.
 */

import { appendFile, type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { type CaptureInterface, type Frame, type FrameSink, PcapngWriter } from '@kubeshark/capture';
import type { Micros } from '@kubeshark/model';
import { listSegments, type Segment, segmentAt } from './segments.ts';

/** Below it a segment would be smaller than what one second of traffic makes. */
export const MIN_RING_BYTES = 16 * 1024 * 1024;
/** A sixteenth of the ring leaves at a time, and no file is larger than this. */
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;
const SEGMENTS = 16;
/** A tenth of a second at 40 MB/s; there are two. */
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Written at the latest after this time, so that a crash costs little. */
const FLUSH_MILLIS = 1000;
/** Secrets that wait for the next write: those of some 10,000 connections. */
const MAX_WAITING_KEYS = 4 * 1024 * 1024;
/** A disk that is full is tried again after this time. */
const RETRY_MILLIS = 10_000;

/** Secrets type of a TLS key log: `TLSK`. */
const TLS_KEY_LOG = 0x544c534b;

export interface RawRingOptions {
  readonly directory: string;
  readonly budgetBytes: number;
  readonly log: { warn(message: string): void };
}

export interface RingCounts {
  readonly bytes: number;
  /** Time of the oldest packet that is kept; null while there is none. */
  readonly since: Micros | null;
  /** Packets and secrets that were left out: the disk was too slow or full. */
  readonly dropped: number;
}

/** Packets that wait to be written to one segment. */
class WriteBuffer {
  readonly bytes = new Uint8Array(BUFFER_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  used = 0;
  packets = 0;
  /** The segment that begins with this buffer; undefined when the one before goes on. */
  segment: Segment | undefined;

  add(block: Uint8Array): void {
    this.bytes.set(block, this.used);
    this.used += block.length;
  }
}

export class RawRing implements FrameSink {
  readonly directory: string;
  readonly #budget: number;
  readonly #segmentBytes: number;
  readonly #log: RawRingOptions['log'];
  readonly #writer = new PcapngWriter();
  /** On disk, oldest first; the last is being written. */
  readonly #segments: Segment[];
  readonly #timer: NodeJS.Timeout;
  readonly #interfaces: CaptureInterface[] = [];
  /** Number in the segment that is being filled, by the source's number. */
  readonly #declared = new Map<number, number>();
  #filling = new WriteBuffer();
  #idle: WriteBuffer | undefined = new WriteBuffer();
  /** Bytes of the segment that is being filled; a new one begins with the next packet when it is undefined. */
  #segmentUsed: number | undefined;
  #lastStart: Micros;
  #handle: FileHandle | undefined;
  #keys = '';
  #writing: Promise<void> = Promise.resolve();
  #dropped = 0;
  #trouble = '';
  #retryAt = 0;

  private constructor({ directory, budgetBytes, log }: RawRingOptions, segments: Segment[]) {
    this.directory = directory;
    this.#budget = Math.max(MIN_RING_BYTES, budgetBytes);
    this.#segmentBytes = Math.min(MAX_SEGMENT_BYTES, Math.floor(this.#budget / SEGMENTS));
    this.#log = log;
    this.#segments = segments;
    this.#lastStart = segments.at(-1)?.startsAt ?? -1;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MILLIS).unref();
  }

  /** Opens the ring; what an earlier run kept is part of it. Rejects when the directory cannot be used. */
  static async open(options: RawRingOptions): Promise<RawRing> {
    // Packets hold passwords: nobody else gets in.
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const ring = new RawRing(options, await listSegments(options.directory));
    await ring.#makeRoom(0);
    return ring;
  }

  get counts(): RingCounts {
    const bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    return { bytes, since: this.#segments[0]?.startsAt ?? null, dropped: this.#dropped };
  }

  /** A sentence when packets are not being kept. */
  get notes(): readonly string[] {
    return this.#trouble === '' ? [] : [this.#trouble];
  }

  interface(description: CaptureInterface): void {
    this.#interfaces.push(description);
  }

  secrets(type: number, bytes: Uint8Array): void {
    if (type === TLS_KEY_LOG) this.keyLog(new TextDecoder().decode(bytes));
  }

  /** Lines of a key log, of connections that are being captured. */
  keyLog(text: string): void {
    if (text === '') return;
    if (this.#keys.length + text.length > MAX_WAITING_KEYS) this.#dropped += 1;
    else this.#keys += text.endsWith('\n') ? text : `${text}\n`;
  }

  frame(frame: Frame): void {
    if (!this.#put(frame)) this.#dropped += 1;
  }

  /** Resolves when everything taken so far is on disk, or given up. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#filling.used > 0) this.#swap();
    await this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** False when there is no room for it now. */
  #put(frame: Frame): boolean {
    if (this.#trouble !== '' && performance.now() < this.#retryAt) return false;
    const bytes = this.#writer.frameBytes(frame);
    const isSegmentFull = this.#segmentUsed !== undefined && this.#segmentUsed + bytes > this.#segmentBytes;
    const isFull = this.#filling.used + bytes > BUFFER_BYTES;
    // One buffer is never of two segments.
    if ((isSegmentFull || isFull) && !this.#swap()) return false;
    if (isSegmentFull) this.#segmentUsed = undefined;
    if (this.#segmentUsed === undefined) this.#begin(frame.at);
    const declared = this.#declared.get(frame.interfaceId) ?? this.#declare(frame.interfaceId, bytes);
    const filling = this.#filling;
    if (declared === undefined || filling.used + bytes > BUFFER_BYTES) return false;
    const end = this.#writer.put(filling.view, filling.used, frame);
    // The number the interface has in this segment.
    filling.view.setUint32(filling.used + 8, declared, true);
    this.#segmentUsed = (this.#segmentUsed ?? 0) + end - filling.used;
    filling.used = end;
    filling.packets += 1;
    return true;
  }

  #begin(at: Micros): void {
    // Names of segments rise, whatever the clock does.
    this.#lastStart = Math.max(Math.floor(at), this.#lastStart + 1);
    this.#filling.segment = segmentAt(this.directory, this.#lastStart);
    this.#declared.clear();
    this.#filling.add(this.#writer.section({ application: 'kubeshark' }));
    this.#segmentUsed = this.#filling.used;
  }

  /** Tells of an interface before its first packet; undefined when there is no room for it. */
  #declare(id: number, frameBytes: number): number | undefined {
    const block = this.#writer.interface(this.#interfaces[id] ?? { linkType: 0, snapLength: 0 });
    if (this.#filling.used + block.length + frameBytes > BUFFER_BYTES) return undefined;
    this.#filling.add(block);
    this.#segmentUsed = (this.#segmentUsed ?? 0) + block.length;
    const number = this.#declared.size;
    this.#declared.set(id, number);
    return number;
  }

  /** Has the full buffer written and goes on with the other; false while that is being written itself. */
  #swap(): boolean {
    const full = this.#filling;
    if (full.used === 0) return true;
    if (this.#idle === undefined) return false;
    this.#filling = this.#idle;
    this.#idle = undefined;
    this.#writing = this.#write(full);
    return true;
  }

  async #write(full: WriteBuffer): Promise<void> {
    const keys = this.#keys;
    this.#keys = '';
    try {
      await this.#makeRoom(full.used + keys.length);
      if (full.segment !== undefined) await this.#turn(full.segment);
      const segment = this.#segments.at(-1);
      if (this.#handle === undefined || segment === undefined) throw new Error('the segment could not be begun');
      await this.#handle.writeFile(full.bytes.subarray(0, full.used));
      segment.bytes += full.used;
      if (keys !== '') await appendFile(segment.keys, keys, { mode: 0o600 });
      segment.bytes += keys.length;
      this.#trouble = '';
    } catch (error) {
      this.#dropped += full.packets;
      await this.#give(error);
    }
    full.used = 0;
    full.packets = 0;
    full.segment = undefined;
    this.#idle = full;
  }

  async #turn(segment: Segment): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    this.#handle = await open(segment.file, 'wx', 0o600);
    this.#segments.push(segment);
  }

  /** Nothing more goes into this segment: what is at its end may be half a block. */
  async #give(error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    if (this.#trouble === '') this.#log.warn(`captured packets are not kept: ${why}`);
    this.#trouble = `captured packets are not kept: ${why}`;
    this.#retryAt = performance.now() + RETRY_MILLIS;
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
    this.#dropped += this.#filling.packets;
    this.#filling.used = 0;
    this.#filling.packets = 0;
    this.#filling.segment = undefined;
    this.#segmentUsed = undefined;
  }

  /** The oldest segments leave until so many bytes fit. */
  async #makeRoom(bytes: number): Promise<void> {
    let total = this.counts.bytes;
    while (total + bytes > this.#budget && this.#segments.length > 0) {
      const [oldest] = this.#segments.splice(0, 1);
      if (oldest === undefined) return;
      total -= oldest.bytes;
      await rm(oldest.file, { force: true });
      await rm(oldest.keys, { force: true });
    }
  }
}
