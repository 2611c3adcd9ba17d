/** Where capture bytes come from. Every source gives the bytes of a capture file, so one reader serves them all. */

import type { Readable } from 'node:stream';

type SourceKind = 'libpcap' | 'af_packet' | 'file';

/** What a source knows of packets that never reached the reader; counts since it was opened. */
export interface SourceCounters {
  readonly received: number;
  readonly droppedByKernel: number;
}

export interface CaptureSource {
  readonly kind: SourceKind;
  /** What is being read, for people: `lo`, `any`, a file's name. */
  readonly name: string;
  /** Bytes of a capture file; an error event tells why a source broke. */
  readonly bytes: Readable;
  counters(): SourceCounters;
  /** Stops reading; the bytes end. Packets of the last moment, which the kernel had not handed over, may be missing. */
  close(): Promise<void>;
}

/** Why a source could not be opened, in one line, and what to do about it. */
export interface Refusal {
  readonly refused: string;
  readonly fix?: string;
}

export type Opened = CaptureSource | Refusal;

export const isRefusal = (opened: Opened): opened is Refusal => 'refused' in opened;

export interface LiveOptions {
  /** Name of an interface, or `any`. */
  readonly interface: string;
  /** In libpcap's filter language; applied in the kernel. */
  readonly filter?: string;
  /** Bytes kept of each packet; above every MTU and offload size by default. */
  readonly snapLength?: number;
}

/** Longest packet a loopback interface hands over with segmentation offload. */
export const DEFAULT_SNAP_LENGTH = 262_144;
