/** What a capture file holds, as the reader hands it on. */

import type { Micros } from '@kubeshark/model';

/** One captured frame. The reader reuses one object; the bytes are a view into the chunk being read. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly at: Micros;
  /** Length on the wire; more than `end - start` when the snap length cut the frame. */
  readonly originalLength: number;
  /** Index into the interfaces announced so far. */
  readonly interfaceId: number;
  /** https://www.tcpdump.org/linktypes.html */
  readonly linkType: number;
}

export interface CaptureInterface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly name?: string;
}

/** What a live source counts itself, since it began. */
export interface LiveCounters {
  /** Packets that passed the filter, those dropped included. */
  readonly received: number;
  /** Packets the kernel had no room for, because nobody read them in time. */
  readonly dropped: number;
  /** Largest share of the kernel's buffer that waited at once since the last report, 0 to 1. */
  readonly fullest: number;
}

export interface FrameSink {
  frame(frame: Frame): void;
  /** The bytes of all frames from here to `chunkEnd` stay as they are until then; without the two, during `frame` only. */
  chunkBegin?(): void;
  chunkEnd?(): void;
  /** An interface appeared; frames name it by its index, counted over all sections of the file. */
  interface?(description: CaptureInterface): void;
  /** A decryption secrets block: the text of a TLS key log, in most files. */
  secrets?(type: number, bytes: Uint8Array): void;
  /** A name resolution block told an address's name. */
  name?(address: string, name: string): void;
  /** Each second, from a live source. */
  counters?(counters: LiveCounters): void;
  /** An interface that was asked for by name has gone, or is back. */
  presence?(name: string, isThere: boolean): void;
}

/** Where and why reading stopped; everything before `offset` has been handed on. */
export interface CaptureFault {
  readonly fault: string;
  /** Bytes from the beginning of the (uncompressed) capture. */
  readonly offset: number;
}

/**
 * Longest frame believed: above it a length field is damage. Wireshark's own limit, which leaves room for the largest
 * segmentation-offload packet.
 */
export const MAX_FRAME_BYTES = 262_144;
