/** Where packets come from. Every source hands frames to one sink, so the same dissection and the same ring serve them all. */

import { type CaptureFault, CaptureReader, type FrameSink } from '@kubeshark/capture';

/** What entries say of where they were seen. */
type SourceKind = 'libpcap' | 'af_packet' | 'file';

/** What a source knows beyond the frames it has handed on; counts since it was opened. */
export interface SourceCounters {
  /** Bytes read. */
  readonly bytes: number;
  /** Packets that passed the filter, those dropped included; null when the source cannot say. */
  readonly received: number | null;
  readonly droppedByKernel: number | null;
  /** Largest share of the kernel's buffer that waited at once during the last second; null when the source cannot say. */
  readonly bufferUsed: number | null;
  /** How often the capturing process ended and was started again. */
  readonly restarts: number;
}

export interface CaptureSource {
  readonly kind: SourceKind;
  /** What is being read, for people: `lo`, `any`, a file's name. */
  readonly name: string;
  /** Sentences for people about how well it goes: why a better source was not taken, an interface that is gone. */
  readonly notes: readonly string[];
  /**
   * Hands on every frame until the source ends or is closed; answers the damage that ended it early. The bytes of a frame are
   * only there during the call. Rejects when the source breaks.
   */
  read(sink: FrameSink): Promise<CaptureFault | undefined>;
  counters(): SourceCounters;
  /**
   * Has the kernel keep other packets from now on; a packet that passes both filters is not lost. Answers why it cannot, and
   * then goes on as before. Absent where the source can only be opened anew.
   */
  refilter?(filtered: Filtered): Promise<Refusal | undefined>;
  /** Stops reading; `read` then ends. Packets of the last moment, which the kernel had not handed over, may be missing. */
  close(): Promise<void>;
}

/** Why a source could not be opened, in one line, and what to do about it. */
export interface Refusal {
  readonly refused: string;
  readonly fix?: string;
}

export type Opened = CaptureSource | Refusal;

export const isRefusal = <T extends object>(opened: T | Refusal): opened is Refusal => 'refused' in opened;

export const noSourceCounters: SourceCounters = {
  bytes: 0,
  received: null,
  droppedByKernel: null,
  bufferUsed: null,
  restarts: 0,
};

/** One end of connections that are to be left out. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

/** Which packets the kernel hands over. */
export interface Filtered {
  /** In libpcap's filter language. */
  readonly filter?: string | undefined;
  /** TCP connections with these are left out: Kubeshark's own traffic. */
  readonly except?: readonly Listener[];
}

export interface LiveOptions extends Filtered {
  /** Names of interfaces; `any` is all of them. */
  readonly interfaces: readonly string[];
  /** Bytes kept of each packet; above every MTU and offload size by default. */
  readonly snapLength?: number | undefined;
}

/** Longest packet a loopback interface hands over with segmentation offload. */
export const DEFAULT_SNAP_LENGTH = 262_144;

/** All interfaces at once. */
export const ANY_INTERFACE = 'any';

/** Reads a capture file's bytes to their end or damage. */
export async function readCapture(
  chunks: AsyncIterable<Uint8Array>,
  sink: FrameSink,
  onChunk: (bytes: number) => void,
): Promise<CaptureFault | undefined> {
  const reader = new CaptureReader(sink);
  for await (const chunk of chunks) {
    onChunk(chunk.length);
    if (reader.push(chunk) !== undefined) break;
  }
  return reader.end();
}
